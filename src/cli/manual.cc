// cli: manual pages, in the macros of man(7).
#include "cli/manual.h"

#include "base/format.h"
#include "cli/help.h"
#include "config/option_meanings.h"
#include "config/options.h"

namespace tollhouse::cli {
namespace {

/// As text, whatever roff makes of backslashes, hyphens, and dots at the start of a line.
std::string plain(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (made.empty() && (c == '.' || c == '\'')) made += "\\&";
    if (c == '\\') {
      made += "\\e";
    } else if (c == '-') {
      made += "\\-";
    } else if (c == '"') {
      made += "\\(dq";
    } else {
      made += c;
    }
  }
  return made;
}

std::string bold(std::string_view text) { return fmt::format("\\fB{}\\fR", plain(text)); }

/// A term and what is said of it.
std::string item(const std::string& term, std::string_view text) {
  return fmt::format(".TP\n{}\n{}\n", term, plain(text));
}

std::string sentence(std::string_view text) { return fmt::format("{}.", text); }

std::string term_of(const OptionPicture& option) {
  std::string term;
  for (const std::string& name : option.names) term += (term.empty() ? "" : ", ") + bold(name);
  return option.takes_value ? term + " \\fIVALUE\\fR" : term;
}

std::string command_text(const CommandPicture& command) {
  std::string text = fmt::format(".TP\n{} {}\n{}.\n", bold(command.name), plain(command.usage),
                                 plain(command.purpose));
  text += ".RS\n";
  for (const OptionPicture& option : command.options) {
    if (option.names.back() == "--help") continue;
    text += item(term_of(option), sentence(option.purpose));
  }
  return text + fmt::format(".P\nExample: {}\n.RE\n", bold(command.example));
}

std::string exit_texts() {
  std::string text;
  for (const ExitRow& row : exits()) {
    text += item(bold(std::to_string(exit_with(row.exit))), row.meaning);
  }
  return text;
}

constexpr std::string_view kEnvironment = R"(.TP
\fBTOLLHOUSE_CONFIG\fR
The configuration file, where \fB\-c\fR names none.
.TP
\fBTOLLHOUSE_\fR\fIKEY\fR
A key of the configuration in upper case, with two underscores between levels:
TOLLHOUSE_RAILS__L402__TTL=60s.
.TP
\fBLN_GATE_HMAC\fR, \fBHMAC_SECRET_V1\fR, \fBHMAC_SECRET_V2\fR
The root key; of the pair the second is the newer and the first goes on verifying.
.TP
\fBPORT\fR, \fBMACAROON_TTL_MS\fR
The port to listen on, and rails.l402.ttl in milliseconds.
.TP
\fINAME\fR\fB_FILE\fR, \fBCREDENTIALS_DIRECTORY\fR
A file that holds the value of NAME, and the folder where a service manager puts such files.
.TP
\fBTOLLHOUSE_WALLET\fR, \fBTOLLHOUSE_WALLET_KEY\fR
The wallet of
.B call
and
.BR pay ,
and its key.
.TP
\fBTOLLHOUSE_WALLET_KEY_FILE\fR, \fBTOLLHOUSE_WALLET_TLS_CERT\fR
The path of a file with that key, and of the certificate of an LND wallet.
.TP
\fBTOLLHOUSE_CREDENTIAL\fR
A credential that was paid for before, or @FILE with one.
.TP
\fBNO_COLOR\fR, \fBCLICOLOR_FORCE\fR, \fBTERM\fR
Whether there is colour, where \fB\-\-color\fR does not say.
)";

/// `routes[].tools.*.price` as people write it: routes[].tools.NAME.price.
std::string key_text(std::string_view path) {
  std::string text(path);
  for (std::size_t at; (at = text.find('*')) != std::string::npos;) text.replace(at, 1, "NAME");
  return text;
}

std::string option_text(const config::Option& option) {
  const std::string values = config::values_of(option);
  std::string said = sentence(config::meaning_of(option.path));
  if (!values.empty()) said += fmt::format(" Value: {}.", values);
  if (!option.standard.empty()) said += fmt::format(" Default: {}.", option.standard);
  return item(bold(key_text(option.path)), said);
}

std::string top_of(std::string_view path) {
  return std::string(path.substr(0, path.find_first_of(".[")));
}

constexpr std::string_view kConfigurationIntroduction = R"(.SH DESCRIPTION
The configuration of
.BR tollhouse (1)
is YAML, and so may be JSON. It is looked for as the file that
.B \-c
names, $TOLLHOUSE_CONFIG, ./tollhouse.yaml and /etc/tollhouse/tollhouse.yaml. Later wins: file,
environment,
.BR \-\-set .
.P
${NAME} is filled in from the environment, ${file:PATH} from a file; in values only. Units are
written: 3 sat, 1500 msat, 300s, 4 MiB. A key that is not known is a fault, and
.B tollhouse check
tells all faults at once. A key of a part that a build lacks is named and stops the start.
.P
A running gate takes changes over at SIGHUP, all but
.BR listen ,
.BR admin ,
.BR data_dir ,
.BR workers ,
.B lightning
and some limits, which it names.
)";

}  // namespace

std::string manual_of_program(std::span<const CommandPicture> commands) {
  std::string text =
      ".\\\" Written by cli_test (TOLLHOUSE_UPDATE_DOCS=1) from the program's own tables.\n"
      ".TH TOLLHOUSE 1 \"\" \"Tollhouse\" \"User Commands\"\n.SH NAME\n"
      "tollhouse \\- sells calls to MCP servers, paid over Lightning\n.SH SYNOPSIS\n"
      ".B tollhouse\n[\\fB\\-\\-color\\fR auto|always|never] \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
      ".SH DESCRIPTION\nA gate in front of any MCP server with Streamable HTTP: callers pay an "
      "invoice for a call\nand get a receipt with its answer. The same program calls through "
      "gates and reads the books.\n"
      "Results go to standard output, all else to standard error; with\n.B \\-\\-json\n"
      "both are JSON.\n.SH COMMANDS\n";
  std::string_view group;
  for (const CommandPicture& command : commands) {
    if (command.group != group) text += fmt::format(".SS {}\n", plain(command.group));
    group = command.group;
    text += command_text(command);
  }
  text += ".SH EXIT STATUS\n" + exit_texts();
  text += fmt::format(".SH ENVIRONMENT\n{}", kEnvironment);
  return text +
         ".SH SIGNALS\nA running gate drains and stops at SIGTERM and SIGINT, at once when a "
         "second one comes.\nIt reads its configuration again at SIGHUP, and keeps the old one "
         "where the new one has a fault.\n"
         ".SH SEE ALSO\n.BR tollhouse.yaml (5)\n";
}

std::string manual_of_configuration() {
  std::string text =
      ".\\\" Written by cli_test (TOLLHOUSE_UPDATE_DOCS=1) from the program's own tables.\n"
      ".TH TOLLHOUSE.YAML 5 \"\" \"Tollhouse\" \"File Formats\"\n.SH NAME\n"
      "tollhouse.yaml \\- configuration of a gate\n";
  text += kConfigurationIntroduction;
  text += ".SH KEYS\n";
  std::string section;
  for (const config::Option& option : config::options()) {
    if (!option.part.empty() || option.path.ends_with("[]")) continue;
    const std::string top = top_of(option.path);
    const bool has_keys = option.kind == config::Kind::section || option.path == "routes";
    if (top != section && has_keys) text += fmt::format(".SS {}\n", plain(top));
    section = top;
    text += option_text(option);
  }
  return text + ".SH SEE ALSO\n.BR tollhouse (1)\n";
}

}  // namespace tollhouse::cli
