// mpp: how a challenge names the body it is for (RFC 9530, `Content-Digest` form).
#pragma once
#include <string>

#include "base/bytes.h"

namespace tollhouse::mpp {

/// `sha-256=:BASE64:`.
std::string body_digest(const Digest& body);

}  // namespace tollhouse::mpp
