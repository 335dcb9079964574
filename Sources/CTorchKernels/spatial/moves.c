// Moving elements of any type: columns of a convolution, gathers along dimensions.
#include <string.h>
#include "columns_range.h"
#include "torch_spatial.h"

// Elements as they may lie in memory of another type, at any address.
#define ELEMENT __attribute__((aligned(1), may_alias))
typedef uint8_t element_1;
typedef uint16_t ELEMENT element_2;
typedef uint32_t ELEMENT element_4;
typedef uint64_t ELEMENT element_8;
typedef struct { uint64_t a, b; } ELEMENT element_16;

// One row of a column: positions begin ..< end come from from[o * stride], the others are 0.
#define DEFINE_COLUMN_ROW(name, type) \
  static void name(void *to_, const void *from_, int64_t stride, int64_t begin, int64_t end) { \
    type *to = to_; \
    const type *from = from_; \
    for (int64_t o = begin; o < end; o++) to[o] = from[(o - begin) * stride]; \
  }
DEFINE_COLUMN_ROW(column_row_1, element_1)
DEFINE_COLUMN_ROW(column_row_2, element_2)
DEFINE_COLUMN_ROW(column_row_4, element_4)
DEFINE_COLUMN_ROW(column_row_8, element_8)
DEFINE_COLUMN_ROW(column_row_16, element_16)

typedef void (*column_row)(void *, const void *, int64_t, int64_t, int64_t);

void torch_im2col(
    void *columns, const void *in, const torch_columns *g, int64_t width, int64_t channel_begin, int64_t channel_end) {
  const column_row row = width == 1 ? column_row_1 : width == 2 ? column_row_2 : width == 4 ? column_row_4
      : width == 8 ? column_row_8 : column_row_16;
  const int64_t taps = g->kernel[0] * g->kernel[1] * g->kernel[2], positions = g->out[0] * g->out[1] * g->out[2];
  const int64_t volume = g->size[0] * g->size[1] * g->size[2], line = g->out[2] * width;
  for (int64_t c = channel_begin; c < channel_end; c++) {
    const char *image = (const char *)in + c * volume * width;
    for (int64_t k = 0; k < taps; k++) {
      char *to = (char *)columns + (c * taps + k) * positions * width;
      const int64_t kd = k / (g->kernel[1] * g->kernel[2]), kh = k / g->kernel[2] % g->kernel[1], kw = k % g->kernel[2];
      const int64_t offset = kw * g->dilation[2] - g->pad[2];
      int64_t begin, end;
      columns_inside(offset, g->stride[2], g->size[2], g->out[2], &begin, &end);
      for (int64_t od = 0; od < g->out[0]; od++) {
        const int64_t d = od * g->stride[0] + kd * g->dilation[0] - g->pad[0];
        for (int64_t oh = 0; oh < g->out[1]; oh++, to += line) {
          const int64_t h = oh * g->stride[1] + kh * g->dilation[1] - g->pad[1];
          if (d < 0 || d >= g->size[0] || h < 0 || h >= g->size[1] || begin == end) {
            memset(to, 0, (size_t)line);
            continue;
          }
          const char *from = image + ((d * g->size[1] + h) * g->size[2] + begin * g->stride[2] + offset) * width;
          memset(to, 0, (size_t)(begin * width));
          if (g->stride[2] == 1) memcpy(to + begin * width, from, (size_t)((end - begin) * width));
          else row(to, from, g->stride[2], begin, end);
          memset(to + end * width, 0, (size_t)((g->out[2] - end) * width));
        }
      }
    }
  }
}

#define DEFINE_PICK(name, type) \
  static void name(void *to_, const void *from_, const int64_t *index, int64_t n, int64_t inner) { \
    (void)inner; \
    type *to = to_; \
    const type *from = from_; \
    for (int64_t i = 0; i < n; i++) to[i] = from[index[i]]; \
  }
DEFINE_PICK(pick_1, element_1)
DEFINE_PICK(pick_2, element_2)
DEFINE_PICK(pick_4, element_4)
DEFINE_PICK(pick_8, element_8)
DEFINE_PICK(pick_16, element_16)
static void pick_any(void *to, const void *from, const int64_t *index, int64_t n, int64_t inner) {
  for (int64_t i = 0; i < n; i++) memcpy((char *)to + i * inner, (const char *)from + index[i] * inner, (size_t)inner);
}

typedef void (*pick_row)(void *, const void *, const int64_t *, int64_t, int64_t);

void torch_gather_axes(void *out, const void *in, const torch_axis_gather *g, int64_t row_begin, int64_t row_end) {
  const pick_row pick = g->inner == 1 ? pick_1 : g->inner == 2 ? pick_2 : g->inner == 4 ? pick_4 : g->inner == 8 ? pick_8
      : g->inner == 16 ? pick_16 : pick_any;
  const int64_t line = g->size[2] * g->inner, out_line = g->out[2] * g->inner;
  for (int64_t row = row_begin; row < row_end; row++) {
    const int64_t b = g->index[1][row % g->out[1]], a = g->index[0][row / g->out[1] % g->out[0]];
    const int64_t outer = row / (g->out[1] * g->out[0]);
    const char *from = (const char *)in + ((outer * g->size[0] + a) * g->size[1] + b) * line;
    pick((char *)out + row * out_line, from, g->index[2], g->out[2], g->inner);
  }
}
