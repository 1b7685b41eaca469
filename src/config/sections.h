// config: one function per section: reads its keys, checks what one key alone cannot show, fills
// its part of the settings. Faults go to the reading; the settings are complete either way.
#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>

#include "config/reading.h"
#include "config/settings.h"

namespace tollhouse::config {

/// A row states its price by one of these.
inline constexpr std::array<std::string_view, 3> kPriceNames{"price", "price_sats", "price_msat"};

/// The file of a value that is `${file:...}` and nothing else.
std::optional<std::filesystem::path> file_named_by(const View& view);

void read_listen(const View& top, Settings& settings);
void read_secrets(const View& top, Settings& settings);
void read_lightning(const View& top, Settings& settings);
void read_rails(const View& top, Settings& settings);
/// After rails: a row's `valid_for` defaults to `rails.l402.ttl`, and it takes what is on.
void read_routes(const View& top, Settings& settings);
/// `tools` is the mapping of rows; fills route.rows and route.other.
void read_tools(const View& tools, const gate::Policy& policy, gate::Route& route);
void read_books(const View& top, Settings& settings);
void read_limits(const View& top, Settings& settings);
void read_log(const View& top, Settings& settings);

}  // namespace tollhouse::config
