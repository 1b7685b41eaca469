// api: shared bodies.
#include "api/answers.h"

#include <algorithm>

#include "json/writer.h"

namespace tollhouse::api {

gate::LocalAnswer refused(int status, std::string_view code, std::string_view message) {
  gate::LocalAnswer answer;
  answer.status = status;
  json::Writer(answer.body)
      .begin_object()
      .member("error", code)
      .member("code", code)
      .member("message", message)
      .end_object();
  return answer;
}

gate::LocalAnswer method_not_allowed(std::string_view allowed) {
  gate::LocalAnswer answer = refused(405, "method_not_allowed", "This method is not served here.");
  answer.allow = allowed;
  return answer;
}

bool has_path(std::string_view tool) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
  };
  const bool dots = tool == "." || tool == "..";
  return tool != "call" && !dots && std::ranges::all_of(tool, plain);
}

bool is_read(const gate::LocalRequest& request) {
  return request.head.method == http::Method::get || request.head.method == http::Method::head;
}

}  // namespace tollhouse::api
