#include "torch_special.h"
#include <string.h>
#include "special.h"
#include "polynomials.h"

#define ENTRY_ONE_(name) {#name, 1, torch_special_##name, NULL},
#define ENTRY_TWO_(name) {#name, 2, NULL, torch_special_##name},
#define ENTRY_POLYNOMIAL_(name) {#name, 2, NULL, scalar_##name},
static const torch_special_function functions[] = {
  TORCH_SPECIAL_FUNCTIONS(ENTRY_ONE_, ENTRY_TWO_, ENTRY_POLYNOMIAL_)
  {"nextafter", 2, NULL, nextafter},
};

const torch_special_function *torch_special_find(const char *name) {
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (strcmp(functions[i].name, name) == 0) return &functions[i];
  }
  return NULL;
}
