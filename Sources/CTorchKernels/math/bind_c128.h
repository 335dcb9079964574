// See bind_f32.h and bind_c64.h.
#define V c128
#define M int
#define T double
#define LANES 1
#define FN(name) c128_##name
#define REAL(name) name
#define K(c) __builtin_complex((double)(c), 0.0)
#define P(i) p##i
#define PARAMETER(s) __builtin_complex((s).re, (s).im)
