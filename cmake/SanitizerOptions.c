/* Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
   SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */

/* Debian's LLVM is not instrumented: it takes memory from arenas that its
   headers, compiled with ours, poison. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allow_user_poisoning=0"; }
