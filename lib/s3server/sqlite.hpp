#pragma once

#include <fleetman/core/result.hpp>

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// SQLite with its resources owned and its failures as results; nothing of S3. A database is used by one thread at a
// time.

namespace fleetman::s3server {

// Bytes rather than text.
struct blob_view
{
    std::string_view bytes;
};

// A prepared statement in use; given back to its database's cache when it goes out of scope.
class statement
{
public:
    statement(sqlite3* database, sqlite3_stmt* prepared) : database_(database), prepared_(prepared) {}
    ~statement();
    statement(statement&& other) noexcept
        : database_(other.database_), prepared_(std::exchange(other.prepared_, nullptr)), next_(other.next_)
    {}
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;
    statement& operator=(statement&&) = delete;

    // Binds the next parameter. Text and blobs must live until the last step.
    statement& operator<<(std::int64_t value);
    statement& operator<<(std::string_view text);
    statement& operator<<(blob_view bytes);
    statement& operator<<(std::nullopt_t null);

    // True when there is a row to look at.
    result<bool> step();
    // For what returns no rows.
    result<void> run();

    std::int64_t integer(int column) const;
    std::string text(int column) const; // of text or blob; empty for null
    bool is_null(int column) const;

private:
    sqlite3* database_;
    sqlite3_stmt* prepared_;
    int next_ = 1;
};

class database
{
public:
    enum class access
    {
        read_only,
        read_write // creates the file
    };

    // Fails with failed, naming the file.
    static result<database> open(const std::filesystem::path& file, access how);

    // `sql` must have static storage: it is the cache's key. A statement that does not compile is a bug and throws.
    statement prepare(std::string_view sql);

    result<void> execute(const char* sql); // any number of statements, no parameters

    // Rows changed by the last statement.
    int changes() const { return sqlite3_changes(handle_.get()); }
    std::int64_t last_rowid() const { return sqlite3_last_insert_rowid(handle_.get()); }
    bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

private:
    struct closer
    {
        void operator()(sqlite3* open) const { sqlite3_close_v2(open); }
    };
    struct finalizer
    {
        void operator()(sqlite3_stmt* prepared) const { sqlite3_finalize(prepared); }
    };

    std::unique_ptr<sqlite3, closer> handle_;
    std::map<const char*, std::unique_ptr<sqlite3_stmt, finalizer>> cache_;
};

} // namespace fleetman::s3server
