// io: closing descriptors.
#include "io/descriptor.h"

#include <unistd.h>

namespace tollhouse::io {

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

}  // namespace tollhouse::io
