// See bind_f32.h. Complex numbers are handled one at a time; a mask is 0 or 1.
#define V c64
#define M int
#define T float
#define LANES 1
#define FN(name) c64_##name
#define REAL(name) name##f
#define K(c) __builtin_complex((float)(c), 0.0f)
#define P(i) p##i
#define PARAMETER(s) __builtin_complex((float)(s).re, (float)(s).im)
