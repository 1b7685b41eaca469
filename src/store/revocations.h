// store: the deny list on disk. A file of its own beside the books, because any process may revoke
// while the gate runs and only one may write to the books (RS-13): one line of 64 hex digits for
// each payment, appended and synced under a lock. A restored copy of the books leaves it in place.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/operation.h"
#include "store/books_folder.h"

namespace tollhouse::store {

/// `data_dir/ledger.revoked`.
std::filesystem::path revocations_file(const std::filesystem::path& data_dir);

/// On the disk when it returns. True where the payment was not in the list before. Errors:
/// unreachable (no such folder), unsafe_mode, damaged, disk_full, io_error.
Result<bool, ledger::Fault> revoke(const std::filesystem::path& data_dir, const PaymentHash& hash);

/// Reads the list at start, then whatever is appended to it, at once.
class RevocationWatch {
 public:
  /// Called for each payment, first within open(), then on the watch's thread. Not twice for one
  /// line.
  using Revoked = std::function<void(const PaymentHash&)>;

  /// `damaged` where the file holds something else: whom it denies is not known then.
  static Result<std::unique_ptr<RevocationWatch>, ledger::Fault> open(
      const std::filesystem::path& data_dir, Revoked revoked);
  ~RevocationWatch();
  RevocationWatch(const RevocationWatch&) = delete;
  RevocationWatch& operator=(const RevocationWatch&) = delete;

 private:
  RevocationWatch(std::filesystem::path file, Revoked revoked);
  bool read_new();
  void run();

  const std::filesystem::path file_;
  const Revoked revoked_;
  std::size_t read_bytes_ = 0;
  FileHandle changes_;
  FileHandle stop_;
  std::thread thread_;
};

}  // namespace tollhouse::store
