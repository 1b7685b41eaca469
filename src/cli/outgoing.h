// cli: the thread for what a running gate asks outside: its wallet, another gate.
#pragma once
#include <memory>

#include "io/curl_errands.h"

namespace tollhouse::cli {

/// Says who asks in `User-Agent`; no proxy, whatever the environment says.
std::unique_ptr<io::CurlErrands> make_errands();

}  // namespace tollhouse::cli
