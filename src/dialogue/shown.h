// dialogue: exchanges and results as people may see them: secrets shortened, nothing that could
// steer a terminal.
#pragma once
#include <string>
#include <string_view>

namespace tollhouse::dialogue {

/// Every unbroken word of kShownWordMax characters and more (base64, hex, bech32: macaroons,
/// preimages, invoices, receipts) cut to its beginning and its length.
std::string without_secrets(std::string_view text);

/// A field line for `-v`. Credentials and session ids are cut whatever their length.
std::string shown_field(std::string_view name, std::string_view value);

/// A body for `-v`: secrets shortened, at most kShownBodyMax bytes, fit for a terminal.
std::string shown_body(std::string_view body);

/// Text of a stranger for a terminal: control characters but newline and tab as \xNN, bytes that
/// are no UTF-8 as well.
std::string for_terminal(std::string_view text);

/// What a person sees of a tool's result (JSON): text parts as they are, one line for an image,
/// sound or resource, `structuredContent` where there is no content. Ends with a newline unless
/// empty. Not fit for a terminal as it is: see for_terminal.
std::string readable_result(std::string_view result);

}  // namespace tollhouse::dialogue
