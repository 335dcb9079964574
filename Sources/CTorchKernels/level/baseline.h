// Opens the baseline level: what every processor of the architecture has, 16-byte vectors. Closed by end.h.
#include "level.h"
#define TORCH_LEVEL_SUFFIX baseline
#define TORCH_LEVEL_INDEX TORCH_LEVEL_BASELINE
#define TORCH_VECTOR_BYTES 16
#if defined(__aarch64__)
#define TORCH_FMA 1
#else
#define TORCH_FMA 0
#endif
