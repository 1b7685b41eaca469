// store: opening the books in order (folder, lock, file, schema), then two threads.
#include "store/sqlite_store.h"

#include "base/format.h"
#include "store/reader_thread.h"
#include "store/schema.h"
#include "store/writer_thread.h"

namespace tollhouse::store {
namespace {

Result<Database, Fault> open_books(const SqliteOptions& options, const BooksFiles& files) {
  if (const auto made = make_file(files.books); !made) return refuse(made.error());
  if (const auto modes = check_modes(options.data_dir); !modes) return refuse(modes.error());
  auto database = Database::open(files.books, Database::Mode::read_write);
  if (!database) return refuse(database.error());
  if (options.pages_max > 0) {
    const std::string pages = fmt::format("PRAGMA max_page_count={}", options.pages_max);
    if (const auto set = database->execute(pages.c_str()); !set) return refuse(set.error());
  }
  const auto migrated = migrate(*database, files.books, migrations());
  if (!migrated) return refuse(migrated.error());
  return database;
}

}  // namespace

SqliteStore::SqliteStore() = default;
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>, Fault> SqliteStore::open(const SqliteOptions& options) {
  const BooksFiles files = BooksFiles::in(options.data_dir);
  if (const auto done = prepare_folder(options.data_dir); !done) return refuse(done.error());
  auto lock = lock_books(options.data_dir);
  if (!lock) return refuse(lock.error());
  auto database = open_books(options, files);
  if (!database) return refuse(database.error());
  auto writer = BooksWriter::open(std::move(*database), files, options.ballast_bytes);
  if (!writer) return refuse(writer.error());
  auto reader = BooksReader::open(files.books);
  if (!reader) return refuse(reader.error());

  std::unique_ptr<SqliteStore> store(new SqliteStore);
  store->books_ = files.books;
  store->lock_ = std::make_unique<FileHandle>(std::move(*lock));
  store->writer_ = std::make_unique<WriterThread>(std::move(*writer), options.wal_bytes_max);
  store->reader_ = std::make_unique<ReaderThread>(std::move(*reader));
  return store;
}

void SqliteStore::apply(ledger::Operation operation, ledger::AnswerTo answer) {
  if (ledger::is_read(operation)) {
    reader_->apply(std::move(operation), std::move(answer));
  } else {
    writer_->apply(std::move(operation), std::move(answer));
  }
}

Result<ledger::Opening, Fault> SqliteStore::load(
    const std::function<void(const ledger::SpentRow&)>& each) {
  auto books = BooksReader::open(books_);
  if (!books) return refuse(books.error());
  const auto opening = (*books)->opening();
  if (!opening) return opening;
  const auto done = (*books)->each_spent(opening->purged_before, each);
  if (!done) return refuse(done.error());
  return opening;
}

ledger::Health SqliteStore::health() const { return writer_->health(); }

Duration SqliteStore::lag() const { return writer_->lag(); }

void SqliteStore::backup(std::filesystem::path to, ledger::AnswerTo answer) {
  writer_->backup(std::move(to), std::move(answer));
}

}  // namespace tollhouse::store
