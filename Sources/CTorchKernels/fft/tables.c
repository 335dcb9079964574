// Tables of roots of unity.
#include <math.h>
#include "torch_fft.h"

// exp(-2 pi i k / n) for 0 <= k < n. Angles are brought into the first eighth of the circle with whole numbers, so that nothing is
// lost to the reduction and symmetric values are symmetric exactly.
static void root(int64_t k, int64_t n, double *re, double *im) {
  // In eighths: k / n of the circle is 8 k / n eighths.
  const int64_t eighth = (int64_t)((__int128)8 * k / n);
  const int64_t rest = (int64_t)((__int128)8 * k - (__int128)eighth * n);  // in parts of 8 n, below n
  const int64_t from = eighth % 2 == 0 ? rest : n - rest;
  const double angle = M_PI / 4 * ((double)from / (double)n);
  const double c = cos(angle), s = sin(angle);
  double x, y;
  switch (eighth) {
    case 0: x = c, y = s; break;
    case 1: x = s, y = c; break;
    case 2: x = -s, y = c; break;
    case 3: x = -c, y = s; break;
    case 4: x = -c, y = -s; break;
    case 5: x = -s, y = -c; break;
    case 6: x = s, y = -c; break;
    default: x = c, y = -s; break;
  }
  *re = x;
  *im = -y;
}

static void put(void *out, int64_t i, double value, bool is_double) {
  if (is_double) ((double *)out)[i] = value; else ((float *)out)[i] = (float)value;
}

void torch_fft_pass_table(void *out, int64_t n, int64_t radix, bool is_double) {
  for (int64_t p = 0; p < n / radix; p++) {
    for (int64_t k = 1; k < radix; k++) {
      double re, im;
      root(p * k % n, n, &re, &im);
      const int64_t at = 2 * (p * (radix - 1) + k - 1);
      put(out, at, re, is_double);
      put(out, at + 1, im, is_double);
    }
  }
}

void torch_fft_root_table(void *out, int64_t radix, bool is_double) {
  for (int64_t k = 0; k < radix; k++) {
    double re, im;
    root(k, radix, &re, &im);
    put(out, 2 * k, re, is_double);
    put(out, 2 * k + 1, -im, is_double);
  }
}

void torch_fft_rotation_table(void *re, void *im, int64_t n, int64_t rows, int64_t width, int64_t begin, int64_t end, bool is_double) {
  for (int64_t k = begin; k < end; k++) {
    for (int64_t j = 0; j < width; j++) {
      double x = 0, y = 0;
      if (j < rows) root(k * j % n, n, &x, &y);
      put(re, k * width + j, x, is_double);
      put(im, k * width + j, y, is_double);
    }
  }
}

void torch_fft_halves_table(void *re, void *im, int64_t h, bool is_double) {
  for (int64_t k = 0; k <= h / 2; k++) {
    double x, y;
    root(k, 2 * h, &x, &y);
    put(re, k, y, is_double);
    put(im, k, -x, is_double);
  }
}

void torch_fft_chirp_table(double *chirp, double *circle, int64_t n, int64_t m) {
  for (int64_t i = 0; i < 2 * m; i++) circle[i] = 0;
  for (int64_t k = 0; k < n; k++) {
    double re, im;
    // exp(-i pi k^2 / n) = exp(-2 pi i (k^2 mod 2n) / 2n)
    root((int64_t)((__int128)k * k % (2 * n)), 2 * n, &re, &im);
    chirp[2 * k] = re;
    chirp[2 * k + 1] = im;
    circle[2 * k] = re;
    circle[2 * k + 1] = -im;
    if (k > 0) {
      circle[2 * (m - k)] = re;
      circle[2 * (m - k) + 1] = -im;
    }
  }
}
