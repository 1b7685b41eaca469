// store: the folder of the books: who may read it, who has it, and the ballast for a full disk.
#pragma once
#include <filesystem>
#include <utility>

#include "base/result.h"
#include "ledger/operation.h"

namespace tollhouse::store {

struct BooksFiles {
  std::filesystem::path books;
  std::filesystem::path lock;
  std::filesystem::path ballast;
  static BooksFiles in(const std::filesystem::path& data_dir) {
    return {data_dir / "ledger.db", data_dir / "ledger.lock", data_dir / "ledger.ballast"};
  }
};

/// An open file that closes itself.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileHandle();
  int get() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

/// Makes the folder with mode 0700 where it is missing; one open to others is `unsafe_mode`.
Result<std::monostate, ledger::Fault> prepare_folder(const std::filesystem::path& data_dir);
/// The folder and the books' files, where they are, are the owner's alone. `unreachable` where the
/// books are not there.
Result<std::monostate, ledger::Fault> check_modes(const std::filesystem::path& data_dir);
/// Holds until the handle goes; `locked` where somebody else has it.
Result<FileHandle, ledger::Fault> lock_books(const std::filesystem::path& data_dir);
/// An empty file of mode 0600 where there is none; its name is on the disk afterwards. Not called
/// while this process has the books open: closing a handle of theirs would drop SQLite's locks.
Result<std::monostate, ledger::Fault> make_file(const std::filesystem::path& file);
/// False where there is no room.
bool make_ballast(const std::filesystem::path& ballast, std::uint64_t bytes);
/// False where there was none.
bool drop_ballast(const std::filesystem::path& ballast);

}  // namespace tollhouse::store
