// config: values with their units written, read strictly: no sign, no fraction, no leading zero,
// one blank or none before the unit.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/time.h"
#include "config/settings.h"

namespace tollhouse::config {

/// "0", "17"; not "017", "+1", "1e3", "1_000".
std::optional<std::uint64_t> whole_number_from_text(std::string_view text);
/// "3 sat", "1500 msat".
std::optional<Msat> amount_from_text(std::string_view text);
/// "250ms", "300s", "5m", "1h", "30d".
std::optional<Duration> duration_from_text(std::string_view text);
/// "4 MiB", "64 KiB", "512 B", "1 GiB".
std::optional<std::uint64_t> size_from_text(std::string_view text);
/// Above it a solution takes hours (pow.md 7).
inline constexpr std::uint64_t kWorkBitsMax = 28;
/// "18 bits", from 1 to kWorkBitsMax.
std::optional<std::uint8_t> bits_from_text(std::string_view text);
/// "true", "false" and nothing else.
std::optional<bool> truth_from_text(std::string_view text);
/// "0660": permission bits in octal that let the owner read and write.
std::optional<unsigned> file_mode_from_text(std::string_view text);
/// "127.0.0.1:8402", "[::1]:8402", "localhost:8402" (read as 127.0.0.1), "unix:/path",
/// "systemd:NAME".
std::optional<Endpoint> endpoint_from_text(std::string_view text);

}  // namespace tollhouse::config
