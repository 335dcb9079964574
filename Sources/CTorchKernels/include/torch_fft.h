// Discrete Fourier transforms of any length, complex64 and complex128, and of real input to half spectra and back.
//
// A plan describes the transform of one length: how it is taken apart and the tables that it reads. The caller makes plans (see
// FFTPlan.swift) and keeps them; the kernels only read them, so that threads can share one.
//
//   direct  up to TORCH_FFT_DIRECT_MAX, prime factors up to TORCH_FFT_MAX_RADIX: passes of small radices (Stockham's order, which
//           needs no reordering), over as many lines at once as a vector has lanes
//   split   length = columns * rows: the line is a matrix whose columns and rows are transformed, each by a plan of its own, with
//           a rotation in between; lanes run along the line, so a single line uses whole vectors too
//   chirp   any other length: a convolution with exp(-i pi k^2 / n) (Bluestein), computed in float64
//
// Every lane is computed alike and alone: results do not depend on how the caller splits the work.
#pragma once
#include "torch_level.h"

#pragma clang assume_nonnull begin

enum { TORCH_FFT_DIRECT = 0, TORCH_FFT_SPLIT = 1, TORCH_FFT_CHIRP = 2 };
enum { TORCH_FFT_DIRECT_MAX = 8192, TORCH_FFT_MAX_RADIX = 31, TORCH_FFT_MAX_PASSES = 10, TORCH_FFT_MAX_LANES = 16 };

typedef struct torch_fft_plan torch_fft_plan;
// Tables hold float or double as the plan's type says.
struct torch_fft_plan {
  int64_t length;
  int32_t kind;
  // Direct.
  int32_t passes;
  int32_t radix[TORCH_FFT_MAX_PASSES];
  const void *_Nullable twiddles[TORCH_FFT_MAX_PASSES];  // of each pass but the last, see torch_fft_pass_table
  const void *_Nullable roots[TORCH_FFT_MAX_PASSES];     // of each pass of an odd radix: (cos, sin)(2 pi k / radix)
  // Split: rotation[k * width + j] = exp(-2 pi i k j / length) for k < columns->length, j < rows->length <= width.
  const torch_fft_plan *_Nullable columns, *_Nullable rows;
  const void *_Nullable rotation_re, *_Nullable rotation_im;
  int64_t width;
  // Chirp: the plan of the convolution in float64, exp(-i pi k^2 / length), and the spectrum of its conjugate.
  const torch_fft_plan *_Nullable convolution;
  const double *_Nullable chirp, *_Nullable spectrum;
};

// What real transforms of an even length 2h read besides the plan of length h: -i exp(-i pi k / h) for k <= h / 2.
typedef struct { const void *re, *im; } torch_fft_halves;

// The lines of a row-major tensor (outer, length, inner).
typedef struct { int64_t outer, inner; } torch_fft_lines;

typedef struct {
  // Lines go in blocks; see block_count. Transforms blocks [begin, end). `out` may be `in`. Inverse transforms have the conjugate
  // exponent and no factor of their own; all results are multiplied by `scale`.
  void (*c2c)(
      const torch_fft_plan *plan, void *out, const void *in, torch_fft_lines lines, int64_t begin, int64_t end, bool inverse,
      double scale, void *scratch);
  // One contiguous line by a split plan, in two phases that threads can share: phase 0 reads `in` and writes `between` (length
  // elements), phase 1 reads that and writes `out`. Parts [begin, end) of split_parts(plan, phase).
  void (*split)(
      const torch_fft_plan *plan, int phase, void *out, const void *in, void *between, int64_t begin, int64_t end, bool inverse,
      double scale, void *scratch);
  // Contiguous real lines of n elements to n / 2 + 1 complex ones. The plan is that of n / 2 for even n, else of n (and halves
  // are not read).
  void (*r2c)(
      const torch_fft_plan *plan, const torch_fft_halves *_Nullable halves, int64_t n, void *out, const void *in, int64_t lines,
      int64_t begin, int64_t end, double scale, void *scratch);
  // Back: the inverse transform of n / 2 + 1 complex elements, whose missing half is the conjugate, to n real ones. Imaginary parts
  // that a real signal's spectrum cannot have are ignored.
  void (*c2r)(
      const torch_fft_plan *plan, const torch_fft_halves *_Nullable halves, int64_t n, void *out, const void *in, int64_t lines,
      int64_t begin, int64_t end, double scale, void *scratch);
  int64_t (*block_count)(const torch_fft_plan *plan, torch_fft_lines lines);
  int64_t (*split_parts)(const torch_fft_plan *plan, int phase);
} torch_fft_kernels;

// The transforms of TORCH_C64 or TORCH_C128 (and the real types that belong to them) at the level; NULL for other dtypes.
const torch_fft_kernels *_Nullable torch_fft(int level, int dtype);

// Bytes of scratch memory, aligned to 64, that one call needs, whatever the level.
int64_t torch_fft_scratch(const torch_fft_plan *plan, int64_t real_length, bool is_double);

// Tables, each value correctly rounded or nearly so. `is_double` says what they hold.
// exp(-2 pi i k p / n) for p < n / radix and 1 <= k < radix: (re, im) at 2 * (p * (radix - 1) + k - 1).
void torch_fft_pass_table(void *out, int64_t n, int64_t radix, bool is_double);
// (cos, sin)(2 pi k / radix) for k < radix.
void torch_fft_root_table(void *out, int64_t radix, bool is_double);
// Rows [begin, end) of a split plan's rotation.
void torch_fft_rotation_table(void *re, void *im, int64_t n, int64_t rows, int64_t width, int64_t begin, int64_t end, bool is_double);
// -i exp(-i pi k / h) for k <= h / 2.
void torch_fft_halves_table(void *re, void *im, int64_t h, bool is_double);
// exp(-i pi k^2 / n) for k < n, and its conjugate laid round a circle of m places, both as pairs of doubles.
void torch_fft_chirp_table(double *chirp, double *circle, int64_t n, int64_t m);

// Completes half spectra in the last dimension of a row-major complex tensor: element (i, n - k) becomes the conjugate of (-i, k) for
// 0 < k < n - n / 2, where -i counts backwards, cyclically, along the dimensions that `flip` marks. Rows [begin, end) of all
// dimensions but the last.
void torch_fft_mirror(
    void *data, bool is_double, int32_t ndim, const int64_t *sizes, const bool *flip, int64_t begin, int64_t end);

// Lines of `length` elements as sums of `count` frames of `size` elements, of which frame f starts at element f * step: lines
// [begin, end). Real types; complex ones are lines of twice as many reals.
void torch_overlap_add(
    void *out, const void *frames, bool is_double, int64_t count, int64_t size, int64_t step, int64_t length, int64_t begin,
    int64_t end);

#pragma clang assume_nonnull end
