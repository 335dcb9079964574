// Binds the names that templates over element types use to f32; unbind.h releases them. V: vector, M: mask (all bits of a lane
// set or none), T: element, IT/UT: integers of its width, FN(name): the function for this type, K(c): a constant, P(i): run-time
// parameter i of a pointwise formula.
#define V vf32
#define M vi32
#define T float
#define IV vi32
#define UV vu32
#define IT int32_t
#define UT uint32_t
#define LANES L32
#define TYPE_IS_F32 1
#define TYPE_IS_F64 0
#define FN(name) f32_##name
#define K(c) ((vf32)((float)(c)))
#define P(i) p##i
#define PARAMETER(s) ((vf32)((float)(s).re))
