// lightning: the certificate of a node that signs its own, in a file. A node may renew it while we
// run, so it is read again when the one at hand is not that of the node any more.
#pragma once
#include <filesystem>
#include <mutex>
#include <string>

namespace tollhouse::lightning {

class PinnedCertificate {
 public:
  /// `file` holds PEM; empty: none is pinned, and the system's list is trusted.
  explicit PinnedCertificate(std::filesystem::path file);

  /// PEM; empty where none is pinned. A file that cannot be read gives a text that trusts nobody.
  std::string pem() const;
  /// Reads the file again; true where it holds another text now.
  bool renew();

 private:
  std::string read() const;

  const std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::string pem_;
};

}  // namespace tollhouse::lightning
