#include "torch_level.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[TORCH_LEVEL_COUNT] = {"baseline", "avx2", "avx512"};

const char *torch_level_name(int level) { return level >= 0 && level < TORCH_LEVEL_COUNT ? names[level] : "unknown"; }

bool torch_level_supported(int level) {
  if (level == TORCH_LEVEL_BASELINE) return true;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt") &&
                    __builtin_cpu_supports("popcnt");
  if (level == TORCH_LEVEL_AVX2) return avx2;
  if (level == TORCH_LEVEL_AVX512) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
  }
#endif
  return false;
}

// Level in use plus one; zero until first asked for. Two threads that ask at once find the same answer.
static atomic_int current = 0;
static _Atomic(const char *) environment_error = NULL;

static int choose(void) {
  int best = TORCH_LEVEL_BASELINE;
  for (int level = 0; level < TORCH_LEVEL_COUNT; level++) {
    if (torch_level_supported(level)) best = level;
  }
  const char *wanted = getenv("SWIFTTORCH_CPU_LEVEL");
  if (wanted != NULL && wanted[0] != 0) {
    int named = -1;
    for (int level = 0; level < TORCH_LEVEL_COUNT; level++) {
      if (strcmp(wanted, names[level]) == 0 && torch_level_supported(level)) named = level;
    }
    if (named >= 0) best = named; else atomic_store(&environment_error, wanted);
  }
  int expected = 0;
  atomic_compare_exchange_strong(&current, &expected, best + 1);
  return atomic_load(&current) - 1;
}

int torch_level_current(void) {
  const int level = atomic_load_explicit(&current, memory_order_relaxed);
  return __builtin_expect(level != 0, 1) ? level - 1 : choose();
}

const char *torch_level_environment_error(void) {
  torch_level_current();
  return atomic_load(&environment_error);
}

bool torch_level_set(int level) {
  if (level < 0 || level >= TORCH_LEVEL_COUNT || !torch_level_supported(level)) return false;
  torch_level_current();  // the environment is judged in any case
  atomic_store(&current, level + 1);
  return true;
}
