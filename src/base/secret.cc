// base: wiping that survives optimisation.
#include "base/secret.h"

#include <string.h>  // explicit_bzero is not in <cstring>

namespace tollhouse {

void wipe(void* at, std::size_t size) {
  if (size != 0) explicit_bzero(at, size);
}

}  // namespace tollhouse
