// dialogue: making exchanges and results fit for people.
#include "dialogue/shown.h"

#include "base/format.h"
#include "base/utf8.h"
#include "dialogue/limits.h"
#include "http/characters.h"
#include "json/reader.h"

namespace tollhouse::dialogue {
namespace {

using json::Value;

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
         c == '/' || c == '-' || c == '_' || c == '=';
}

std::size_t word_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_word_character(text[length])) ++length;
  return length;
}

std::string cut_word(std::string_view word) {
  return fmt::format("{}...({})", word.substr(0, kShownWordKept), word.size());
}

bool is_secret_field(std::string_view name) {
  constexpr std::string_view kSecret[] = {"Authorization", "Mcp-Session-Id", "X-L402",
                                          "Cookie",        "Set-Cookie",     "X-Api-Key"};
  for (const std::string_view secret : kSecret) {
    if (http::equal_ignoring_case(name, secret)) return true;
  }
  return false;
}

/// The C1 controls can steer terminals as escape sequences do.
bool is_control(char32_t c) {
  return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
}

std::string text_member(const Value& object, std::string_view name) {
  const auto member = object.find(name);
  const auto text = member ? member->as_string() : std::nullopt;
  return std::string(text.value_or(""));
}

std::string readable_resource(const Value& part) {
  const auto resource = part.find("resource");
  if (!resource) return "[resource]";
  const auto text = resource->find("text");
  if (text && text->is_string()) return text_member(*resource, "text");
  return fmt::format("[resource {}]", text_member(*resource, "uri"));
}

std::string readable_part(const Value& part) {
  const std::string type = text_member(part, "type");
  if (type == "text") return text_member(part, "text");
  if (type == "resource") return readable_resource(part);
  if (type == "resource_link") return fmt::format("[resource {}]", text_member(part, "uri"));
  if (type == "image" || type == "audio") {
    return fmt::format("[{} {}, {} characters of base64]", type, text_member(part, "mimeType"),
                       text_member(part, "data").size());
  }
  return std::string(part.raw());
}

}  // namespace

std::string without_secrets(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = word_length(text);
    if (length >= kShownWordMax) {
      shown += cut_word(text.substr(0, length));
    } else {
      shown.append(text.substr(0, length));
    }
    text.remove_prefix(length);
    if (text.empty()) break;
    shown += text.front();
    text.remove_prefix(1);
  }
  return shown;
}

std::string shown_field(std::string_view name, std::string_view value) {
  std::string text = fmt::format("{}: ", name);
  const std::size_t blank = value.find(' ');
  if (!is_secret_field(name)) {
    text += without_secrets(for_terminal(value));
  } else if (blank == std::string_view::npos) {
    text += cut_word(value);
  } else {
    text.append(value.substr(0, blank + 1)).append(cut_word(value.substr(blank + 1)));
  }
  return for_terminal(text);
}

std::string shown_body(std::string_view body) {
  // Escaped first: an escape and what stands behind it read as one word, so they are one. Cut
  // last: a word cut in two might no longer be long enough to be hidden.
  std::string shown = without_secrets(for_terminal(body));
  if (shown.size() > kShownBodyMax) {
    shown.resize(kShownBodyMax);
    shown += fmt::format("... ({} bytes)", body.size());
  }
  // The cut may have left a part of a character.
  return for_terminal(shown);
}

std::string for_terminal(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    std::size_t length = utf8_length(text);
    const bool plain = length != 0 && !is_control(utf8_code_point(text, length));
    if (length == 0) length = 1;
    if (plain) {
      shown.append(text.substr(0, length));
    } else {
      for (const char c : text.substr(0, length)) {
        shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      }
    }
    text.remove_prefix(length);
  }
  return shown;
}

std::string readable_result(std::string_view result) {
  json::Document workspace;
  const auto root = json::parse(result, workspace);
  if (!root || !root->is_object()) return {};
  std::string shown;
  const auto content = root->find("content");
  if (content) {
    for (const Value& part : content->elements()) shown += readable_part(part) + "\n";
  }
  const auto structured = root->find("structuredContent");
  if (shown.empty() && structured) shown = std::string(structured->raw()) + "\n";
  if (shown.empty() && !content) shown = std::string(root->raw()) + "\n";
  return shown;
}

}  // namespace tollhouse::dialogue
