// client: files that hold bearer secrets: nobody else may read them, and nobody finds half of one.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tollhouse::client {

/// The folder and what is missing above it; itself mode 0700. False where it cannot be had.
bool make_private_folder(const std::filesystem::path& folder);
/// Mode 0600. Written beside and moved into place: readers see the old text or the new one.
bool write_private(const std::filesystem::path& file, std::string_view text);
/// Nothing for a file that is not there, is longer than `most`, is a link, or that others could
/// read or have written.
std::optional<std::string> read_private(const std::filesystem::path& file, std::size_t most);

}  // namespace tollhouse::client
