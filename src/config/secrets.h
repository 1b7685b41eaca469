// config: keys. Long enough, not printed in any document, not made by hand (R-CFG-5, R-CFG-8).
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/settings.h"

namespace tollhouse::config {

/// The bytes of a secret as written: hex digits decode, other text stands for itself. Error: a
/// sentence that does not contain the secret.
Result<Secret, std::string> secret_from_text(std::string_view text);

/// Equal to a key printed in a document, all bytes alike or counting up.
bool is_published_secret(ByteView secret);

/// A root key out of secret bytes: 32 bytes as they are, longer ones hashed. Its number follows
/// from the key itself, so that it survives restarts and rotation.
gate::RootKey root_key_from(const Secret& secret);

/// A secret kept in a file of mode 0600 in the data directory.
struct KeyFile {
  Secret secret;
  std::filesystem::path path;
  bool made = false;  ///< by this call
};

/// Reads `data_dir/root.key`, or makes it (and the folder, mode 0700) when it is not there. Error:
/// a sentence. A file that others may read, or of another form, is refused and left alone.
Result<KeyFile, std::string> ensure_root_key(const std::filesystem::path& data_dir, Random& random);
/// The same for `data_dir/receipt.key`, the HMAC key of receipts.
Result<KeyFile, std::string> ensure_receipt_key(const std::filesystem::path& data_dir,
                                                Random& random);
/// The root key that the one in `file` has taken the place of: `file.previous`, which rotation
/// writes. Nothing where there is none.
Result<std::optional<Secret>, std::string> previous_root_key(const std::filesystem::path& file);
/// Where rotation puts it.
std::filesystem::path previous_file_of(const std::filesystem::path& file);
/// Keys that once signed receipts, as rotation has kept them in `data_dir`.
Result<std::vector<Secret>, std::string> retired_receipt_keys(
    const std::filesystem::path& data_dir);

/// A fresh root key in `file`, the one that was there in `previous`; what was in `previous` before
/// is gone. Both stand in one folder. At each moment, also after a crash, the two files hold sound
/// keys and tokens of the present key verify. Error: a sentence.
Result<std::monostate, std::string> rotate_root_key(const std::filesystem::path& file,
                                                    const std::filesystem::path& previous,
                                                    Random& random);
/// A fresh receipt key in `file`; the one that was there is kept in `data_dir` for ever, as its
/// receipts are. Error: a sentence. Returns where it is kept.
Result<std::filesystem::path, std::string> rotate_receipt_key(const std::filesystem::path& file,
                                                              const std::filesystem::path& data_dir,
                                                              Random& random);

/// Writes a fresh key as 64 hex digits to a new file of mode 0600. Error where the file exists.
Result<KeyFile, std::string> make_key_file(const std::filesystem::path& path, Random& random);

}  // namespace tollhouse::config
