// cli: `init`.
#include "cli/init.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "base/format.h"
#include "config/options.h"
#include "config/secrets.h"
#include "http/url.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

constexpr std::string_view kUsualUpstream = "http://127.0.0.1:3001/mcp";

constexpr std::string_view kTemplate =
    R"(# Tollhouse: an MCP server behind a price. `tollhouse check` looks this file over.
# Units are written: 3 sat, 1500 msat, 300s, 4 MiB. ${{NAME}} is an environment variable,
# ${{file:PATH}} the content of a file (PATH from this folder on).

listen: 127.0.0.1:8402              # where callers come in
admin: 127.0.0.1:8403               # metrics and health for this machine; off = not served
data_dir: ./tollhouse-data          # the books: one SQLite file, mode 0700
{profile}
upstream: {upstream}
tools:                              # what each tool costs; `free` asks for nothing
  # web_search: {{ price: 3 sat }}
  # image:      {{ price: 10 sat, charge_on: attempt }}        # charged even when it fails
  # burst:      {{ price: 50 sat, uses: 100, valid_for: 1h }}  # one payment, a hundred calls
  # pass:       {{ price: 500 sat, uses: unlimited, valid_for: 1h }}
  # status:     free
  "*": {{ price: 1 sat }}             # every tool that no row names; without it they are refused

secrets:
  root: ${{file:{secret}}}   # signs credentials; this user only (mode 0600);
                                    # rotate hmac keeps the one before beside it, as .previous

lightning:                          # the wallet that is paid
  driver: simulated                 # nothing here costs money
  network: regtest

rails:
  l402: {{ ttl: 300s }}               # how long a challenge and its credential are good

# fees: {{ basis_points: 500, minimum: 1 sat }}   # the platform's share on receipts
# limits: {{ body: 4 MiB, challenges_per_minute: 60, unpaid_per_client: 20 }}
log: {{ format: auto, level: info }}  # auto: text on a terminal, JSON lines otherwise
)";

/// New file of mode 0644; false where it exists or cannot be written.
bool write_new(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return (::close(file) == 0) && written;
}

int exists_already(const std::string& path, const Terminal& terminal) {
  return terminal.fail({Exit::no, "exists",
                        fmt::format("{} exists already and is left alone", path),
                        "tollhouse init OTHER.yaml, or move it away"});
}

/// Those that this build has are the choices of the key.
int lacks_profile(const config::Complaint& complaint, const std::string& name,
                  const Terminal& terminal) {
  return terminal.fail({Exit::usage, "not_in_this_build",
                        fmt::format("the profile {} is not part of this build", name),
                        complaint.cure});
}

/// Blanks and marks in a file's name would end the reference or the YAML text.
bool plain_name(std::string_view name) {
  return name.find_first_of("{}\"'\n#: ") == std::string_view::npos;
}

int tell_done(const InitOptions& options, const std::string& secret, const Terminal& terminal) {
  if (options.json) {
    std::string text;
    json::Writer(text)
        .begin_object()
        .member("file", options.file)
        .member("secret", secret)
        .end_object();
    terminal.line(text);
    return exit_with(Exit::done);
  }
  terminal.line(fmt::format("wrote {}", options.file));
  terminal.line(fmt::format("wrote {} (the root key; mode 0600, keep a copy)", secret));
  terminal.line("next:");
  terminal.line(fmt::format("  tollhouse check -c {}", options.file));
  terminal.line(fmt::format("  tollhouse serve -c {}", options.file));
  return exit_with(Exit::done);
}

}  // namespace

int run_init(const InitOptions& options, Terminal& terminal) {
  namespace fs = std::filesystem;
  const std::string upstream = options.upstream.value_or(std::string(kUsualUpstream));
  const auto url = http::parse_url(upstream);
  if (!url || url->https) {
    return terminal.fail({Exit::usage, "wrong_usage", "--upstream wants an http:// URL",
                          fmt::format("e.g. --upstream {}", kUsualUpstream)});
  }
  if (options.profile) {
    const auto complaint = config::complaint_about(*config::option_of("profile"), *options.profile);
    if (complaint) return lacks_profile(*complaint, *options.profile, terminal);
  }
  const fs::path file(options.file);
  if (!plain_name(file.filename().string())) {
    return terminal.fail({Exit::usage, "wrong_usage", "the file's name has blanks or marks in it",
                          "tollhouse init tollhouse.yaml"});
  }
  fs::path secret = file;
  secret.replace_extension(".secret");
  std::error_code error;
  for (const fs::path& path : {file, secret}) {
    if (fs::exists(path, error)) return exists_already(path.string(), terminal);
  }

  SystemRandom random;
  const auto key = config::make_key_file(secret, random);
  if (!key) {
    return terminal.fail(
        {Exit::cannot_start, "cannot_write", key.error(), "choose a folder that you may write to"});
  }
  const std::string profile =
      options.profile
          ? fmt::format("profile: {:<26} # what rows below do not set\n", *options.profile)
          : std::string();
  const std::string text =
      fmt::format(kTemplate, fmt::arg("profile", profile), fmt::arg("upstream", url->text()),
                  fmt::arg("secret", secret.filename().string()));
  if (!write_new(options.file, text)) {
    fs::remove(secret, error);
    return terminal.fail({Exit::cannot_start, "cannot_write",
                          fmt::format("{} cannot be written", options.file),
                          "choose a folder that you may write to"});
  }
  return tell_done(options, secret.string(), terminal);
}

}  // namespace tollhouse::cli
