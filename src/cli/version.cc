// cli: the version line. The build defines TOLLHOUSE_VERSION and TOLLHOUSE_COMMIT for this file.
#include "cli/version.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include "base/format.h"

#ifndef TOLLHOUSE_VERSION
#define TOLLHOUSE_VERSION "0.1.0"
#endif
#ifndef TOLLHOUSE_COMMIT
#define TOLLHOUSE_COMMIT "unknown"
#endif

namespace tollhouse::cli {
namespace {

std::string compiler() {
#ifdef __clang__
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

}  // namespace

std::string_view version() { return TOLLHOUSE_VERSION; }
std::string_view commit() { return TOLLHOUSE_COMMIT; }

std::string version_line() {
  return fmt::format("tollhouse {} ({}, {}, OpenSSL {}, SQLite {}, curl {})", version(), commit(),
                     compiler(), OpenSSL_version(OPENSSL_VERSION_STRING), sqlite3_libversion(),
                     curl_version_info(CURLVERSION_NOW)->version);
}

}  // namespace tollhouse::cli
