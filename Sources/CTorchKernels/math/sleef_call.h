// Calls of SLEEF. It takes whole vectors in registers, which code compiled without the matching compiler flags cannot express for
// 32 and 64 bytes (level/level.h): a plain call would leave them in memory. A few instructions in between do. SLEEF_REGISTER_ names
// the registers.
#pragma once
typedef void (*sleef_function)(void);
// *x = function(*x)
__attribute__((naked, noinline, unused)) static void sleef_call_1(void *x, sleef_function function) {
  __asm__("pushq %rdi\n\t"
          "vmovups (%rdi), " SLEEF_REGISTER_ "0\n\t"
          "callq *%rsi\n\t"
          "popq %rdi\n\t"
          "vmovups " SLEEF_REGISTER_ "0, (%rdi)\n\t"
          "vzeroupper\n\t"
          "retq");
}
// *x = function(*x, *y)
__attribute__((naked, noinline, unused)) static void sleef_call_2(void *x, const void *y, sleef_function function) {
  __asm__("pushq %rdi\n\t"
          "vmovups (%rdi), " SLEEF_REGISTER_ "0\n\t"
          "vmovups (%rsi), " SLEEF_REGISTER_ "1\n\t"
          "callq *%rdx\n\t"
          "popq %rdi\n\t"
          "vmovups " SLEEF_REGISTER_ "0, (%rdi)\n\t"
          "vzeroupper\n\t"
          "retq");
}
