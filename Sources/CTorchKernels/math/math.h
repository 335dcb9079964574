// Inline vector mathematics of the open level. Functions are named type_function: f32_exp(vf32), f64_exp(vf64), i32_gcd(vi32,
// vi32), c64_log(c64). Every lane's result depends on that lane alone, so where an element lies in a vector never changes its
// value.
#pragma once
#include "vector.h"
#include "sleef.h"

#include "bind_f32.h"
#include "float_common.inc"
#include "unbind.h"
#include "bind_f64.h"
#include "float_common.inc"
#include "unbind.h"

#include "f32.h"
#include "f64.h"

#include "bind_f32.h"
#include "float_far.inc"
#include "unbind.h"
#include "bind_f64.h"
#include "float_far.inc"
#include "unbind.h"

#include "special.h"

#include "bind_i32.h"
#include "integer.inc"
#include "unbind.h"
#include "bind_i64.h"
#include "integer.inc"
#include "unbind.h"

typedef float _Complex c64;
typedef double _Complex c128;
#include "bind_c64.h"
#include "complex.inc"
#include "unbind.h"
#include "bind_c128.h"
#include "complex.inc"
#include "unbind.h"
