// config: filling in values.
#include "config/fill.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "base/format.h"
#include "config/limits.h"

namespace tollhouse::config {
namespace {

std::optional<std::string> variable(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

/// One `${...}`; false after a fault.
bool append_reference(Reading& reading, std::string_view reference, std::string& text,
                      const Mark& mark, const std::string& path, bool secret) {
  if (reference.starts_with("file:")) {
    const std::filesystem::path file(reference.substr(5));
    const auto content =
        read_value_file(file.is_absolute() ? file : reading.folder / file, secret, false);
    if (content) text += *content;
    if (!content)
      reading.add_fault(mark, path, content.error(),
                        "make the file readable for this user only (chmod 600)");
    return content.has_value();
  }
  const std::string name(reference);
  const auto value = environment_value(reading.environment, name, secret);
  if (!value) {
    reading.add_fault(mark, path, value.error(),
                      "make the file readable for this user only (chmod 600)");
    return false;
  }
  if (!*value) {
    reading.add_missing(mark, path, name,
                        fmt::format("set the environment variable {}, or {}_FILE", name, name));
    return false;
  }
  text += (*value)->text;
  return true;
}

}  // namespace

Result<std::string, std::string> read_file_as_it_is(const std::filesystem::path& path, bool secret,
                                                    bool from_service_manager) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return refuse(fmt::format("{} is not a file that can be read", path.string()));
  }
  if (secret && !from_service_manager && (status.st_mode & 077) != 0) {
    return refuse(fmt::format("{} holds a secret and its mode {:04o} lets others read it",
                              path.string(), status.st_mode & 07777U));
  }
  if (static_cast<std::size_t>(status.st_size) > kSecretFileBytesMax) {
    return refuse(fmt::format("{} is larger than 16 KiB", path.string()));
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file) return refuse(fmt::format("{} is not a file that can be read", path.string()));
  return content.str();
}

Result<std::string, std::string> read_value_file(const std::filesystem::path& path, bool secret,
                                                 bool from_service_manager) {
  auto text = read_file_as_it_is(path, secret, from_service_manager);
  if (!text) return text;
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  return text;
}

Result<std::optional<EnvironmentValue>, std::string> environment_value(
    const Environment& environment, const std::string& name, bool secret) {
  if (const auto text = variable(environment, name)) {
    return EnvironmentValue{*text, "environment " + name};
  }
  if (const auto file = variable(environment, name + "_FILE")) {
    const auto text = read_value_file(*file, secret, false);
    if (!text) return refuse(text.error());
    EnvironmentValue value{*text, fmt::format("environment {}_FILE", name)};
    if (secret) value.file = std::filesystem::absolute(*file);
    return value;
  }
  const auto folder = variable(environment, "CREDENTIALS_DIRECTORY");
  if (!folder || name.find('/') != std::string::npos) return std::nullopt;
  const std::filesystem::path credential = std::filesystem::path(*folder) / name;
  std::error_code ignored;
  if (!std::filesystem::exists(credential, ignored)) return std::nullopt;
  const auto text = read_value_file(credential, secret, true);
  if (!text) return refuse(text.error());
  if (text->empty()) return std::nullopt;
  return EnvironmentValue{*text, "credential " + name};
}

bool fill_in(Reading& reading, Node& node, const Mark& mark, const std::string& path, bool secret) {
  const std::string_view written = node.written;
  std::string text;
  for (std::size_t at = 0; at < written.size();) {
    const std::size_t dollar = written.find("${", at);
    if (dollar == std::string_view::npos) {
      text += written.substr(at);
      break;
    }
    if (dollar > at && written[dollar - 1] == '$') {  // $${ is a plain ${
      text += written.substr(at, dollar - at - 1);
      text += "${";
      at = dollar + 2;
      continue;
    }
    text += written.substr(at, dollar - at);
    const std::size_t end = written.find('}', dollar);
    if (end == std::string_view::npos || end == dollar + 2) {
      reading.add_fault(mark, path, "a ${ without its name and }",
                        "write ${NAME} or ${file:/path}; $${ is a plain ${");
      return false;
    }
    if (!append_reference(reading, written.substr(dollar + 2, end - dollar - 2), text, mark, path,
                          secret)) {
      return false;
    }
    at = end + 1;
  }
  node.text = std::move(text);
  return true;
}

}  // namespace tollhouse::config
