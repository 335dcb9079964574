#pragma once
#include "torch_dtype.h"

// Instruction-set levels, lowest first. Not every level exists on every processor.
enum { TORCH_LEVEL_BASELINE = 0, TORCH_LEVEL_AVX2 = 1, TORCH_LEVEL_AVX512 = 2, TORCH_LEVEL_COUNT };

// "baseline", "avx2", "avx512".
const char *_Nonnull torch_level_name(int level);
// Whether this processor can run the level.
bool torch_level_supported(int level);
// The level in use: the highest supported one, unless the environment variable SWIFTTORCH_CPU_LEVEL names a lower one or
// torch_level_set chose another. An unknown or unsupported name in the variable is ignored, and torch_level_environment_error
// then returns the offending text (otherwise NULL).
int torch_level_current(void);
const char *_Nullable torch_level_environment_error(void);
// Chooses a level (tests run every kernel at each). Returns false, and changes nothing, if the processor lacks it. Not to be
// called while kernels run on other threads.
bool torch_level_set(int level);
