// cli: `rotate`.
#include "cli/rotate.h"

#include "base/format.h"
#include "base/random.h"
#include "base/utf8.h"
#include "config/secrets.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

namespace fs = std::filesystem;

/// A key that stands in the configuration itself or in the environment is not ours to write.
int not_in_a_file(std::string_view what, const std::string& cure, const Terminal& terminal) {
  return terminal.fail({Exit::no, "not_in_a_file",
                        fmt::format("{} does not stand in a file of its own", what), cure});
}

int cannot_rotate(const std::string& why, const Terminal& terminal) {
  return terminal.fail({Exit::cannot_start, "cannot_write", why, "nothing that was sold is lost"});
}

int tell_done(const RotateOptions& options, const fs::path& file, const fs::path& kept,
              const Terminal& terminal) {
  if (options.json) {
    std::string text;
    json::Writer(text)
        .begin_object()
        .member("ok", true)
        .member("file", file.string())
        .member("previous", kept.string())
        .end_object();
    terminal.line(text);
    return exit_with(Exit::done);
  }
  terminal.line(fmt::format("wrote {} (a fresh key; mode 0600, keep a copy)", file.string()));
  terminal.line(fmt::format("kept the one before in {}", kept.string()));
  terminal.line("a running gate takes it when it reloads or starts again");
  return exit_with(Exit::done);
}

int rotate_root(const RotateOptions& options, const config::KeyPlaces& places,
                const Terminal& terminal) {
  if (places.root.given && !places.root.file) {
    return not_in_a_file("the root key",
                         "set HMAC_SECRET_V1 to it and HMAC_SECRET_V2 to a fresh one of tollhouse "
                         "keygen hmac, or write secrets: { root: ${file:/path} }",
                         terminal);
  }
  if (places.previous_root.given && !places.previous_root.file) {
    return not_in_a_file("the previous root key",
                         "remove secrets.previous_root: rotation keeps it beside the root key",
                         terminal);
  }
  const fs::path file = places.root.file.value_or(places.data_dir / "root.key");
  const fs::path previous = places.previous_root.file.value_or(config::previous_file_of(file));
  SystemRandom random;
  const auto done = config::rotate_root_key(file, previous, random);
  if (!done) return cannot_rotate(done.error(), terminal);
  return tell_done(options, file, previous, terminal);
}

int rotate_receipt(const RotateOptions& options, const config::KeyPlaces& places,
                   const Terminal& terminal) {
  if (places.receipt.given && !places.receipt.file) {
    return not_in_a_file("the receipt key",
                         "move it to receipts.previous and write a fresh one of tollhouse keygen "
                         "hmac with another key_id",
                         terminal);
  }
  const fs::path file = places.receipt.file.value_or(places.data_dir / "receipt.key");
  SystemRandom random;
  const auto kept = config::rotate_receipt_key(file, places.data_dir, random);
  if (!kept) return cannot_rotate(kept.error(), terminal);
  return tell_done(options, file, *kept, terminal);
}

}  // namespace

int run_rotate(const RotateOptions& options, Terminal& terminal) {
  if (options.kind != "hmac" && options.kind != "receipt") {
    return terminal.fail({Exit::usage, "wrong_usage",
                          fmt::format("rotate knows no {}", printable(options.kind)),
                          "tollhouse rotate hmac, or rotate receipt"});
  }
  const auto places = config::load_key_places(request_of(options.configuration, terminal));
  if (!places) return tell(places.error(), terminal);
  return options.kind == "hmac" ? rotate_root(options, *places, terminal)
                                : rotate_receipt(options, *places, terminal);
}

}  // namespace tollhouse::cli
