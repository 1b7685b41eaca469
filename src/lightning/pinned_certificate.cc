// lightning: reading a certificate, and reading it again.
#include "lightning/pinned_certificate.h"

#include <fstream>
#include <sstream>

namespace tollhouse::lightning {
namespace {

/// A chain of a few certificates; more is no certificate.
constexpr std::size_t kBytesMax = std::size_t{64} * 1024;
/// Trusted instead of a file that is not there: nobody. An empty text would trust the system's
/// list.
constexpr const char* kNobody = "no certificate\n";

}  // namespace

PinnedCertificate::PinnedCertificate(std::filesystem::path file) : file_(std::move(file)) {
  if (!file_.empty()) pem_ = read();
}

std::string PinnedCertificate::read() const {
  std::ifstream file(file_, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  std::string text = content.str();
  const bool certificate = text.find("-----BEGIN CERTIFICATE-----") != std::string::npos;
  if (!file || !certificate || text.size() > kBytesMax) return kNobody;
  return text;
}

std::string PinnedCertificate::pem() const {
  const std::lock_guard lock(mutex_);
  return pem_;
}

bool PinnedCertificate::renew() {
  if (file_.empty()) return false;
  std::string now = read();
  const std::lock_guard lock(mutex_);
  if (now == pem_) return false;
  pem_ = std::move(now);
  return true;
}

}  // namespace tollhouse::lightning
