// mpp: the digest of a body as text.
#include "mpp/body_digest.h"

#include "base/base64.h"

namespace tollhouse::mpp {

std::string body_digest(const Digest& body) {
  std::string text("sha-256=:");
  text.append(base64(body.view())).append(1, ':');
  return text;
}

}  // namespace tollhouse::mpp
