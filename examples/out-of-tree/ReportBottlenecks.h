// A pass of one's own that asks Accel's analysis.

#ifndef MYCOMPILER_REPORTBOTTLENECKS_H
#define MYCOMPILER_REPORTBOTTLENECKS_H

#include "mlir/Pass/Pass.h"

#include <memory>

/// Emits a remark at every mapped op that takes more than a tenth of its
/// function's time.
std::unique_ptr<mlir::Pass> createReportBottlenecksPass();

#endif // MYCOMPILER_REPORTBOTTLENECKS_H
