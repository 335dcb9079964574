#pragma once
#include "torch_level.h"

// Contiguous loop over n elements of the compute type. out may be exactly one of the inputs. A kernel that answers yes or no
// writes one byte (0 or 1) an element. params holds as many values as the formula has parameters (NULL if none). An element's
// result does not depend on its position or on n. Dividing an integer by zero yields 0.
typedef void (*torch_pointwise_fn)(
    int64_t n, void *_Nonnull out, const void *_Nullable a, const void *_Nullable b, const void *_Nullable c,
    const void *_Nullable d, const torch_scalar *_Nullable params);

// One pointwise formula at one level: its loops by compute type (NULL where the formula has none).
typedef struct {
  const char *_Nonnull name;
  int32_t inputs;
  bool is_mask;  // results are bool bytes rather than the compute type
  torch_pointwise_fn _Nullable f32, f64, i32, i64, c64, c128;
} torch_pointwise_kernel;

// The kernel by the formula's name at the given level, or NULL.
const torch_pointwise_kernel *_Nullable torch_pointwise_find(const char *_Nonnull name, int level);
// The float32 loop for inputs that are whole numbers, where the formula has one of its own; else NULL.
torch_pointwise_fn _Nullable torch_pointwise_of_integers(const char *_Nonnull name);
int torch_pointwise_count(void);
const torch_pointwise_kernel *_Nonnull torch_pointwise_at(int index, int level);

// An element-wise call over strided operands of any dtypes. Operands are converted to the compute type in blocks that stay in the
// first-level cache, so that mixed dtypes, broadcasting and views need neither copies nor kernels of their own.
// Operand 0 is the output. strides[operand * ndim + dim] are in bytes; dim 0 is the slowest, dim ndim-1 the fastest.
// The last dimension need not be contiguous in any operand.
typedef struct {
  torch_pointwise_fn _Nonnull fn;
  const torch_scalar *_Nullable params;
  int32_t inputs;         // 0...4
  int32_t ndim;           // 1...TORCH_MAX_DIMENSIONS
  int32_t compute_dtype;  // TORCH_F32, F64, I32, I64, C64 or C128
  bool is_mask;
  const int64_t *_Nonnull size;
  const int64_t *_Nonnull strides;
  char *_Nullable data[5];
  int32_t dtype[5];
} torch_pointwise_plan;

// Runs elements [begin, end) of the plan, in row-major order of its dimensions.
void torch_pointwise_run(const torch_pointwise_plan *_Nonnull plan, int64_t begin, int64_t end);
