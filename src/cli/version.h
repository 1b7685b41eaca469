// cli: what this binary is.
#pragma once
#include <string>
#include <string_view>

namespace tollhouse::cli {

/// "0.1.0".
std::string_view version();
/// Short commit it was built from; "unknown" outside of a repository.
std::string_view commit();
/// "tollhouse 0.1.0 (abc1234, clang 19.1.7, OpenSSL 3.0.17, SQLite 3.40.1, curl 7.88.1)".
std::string version_line();

}  // namespace tollhouse::cli
