#include "sqlite.hpp"

#include <stdexcept>

namespace fleetman::s3server {

namespace {

// Long enough for a checkpoint of another connection, short enough that a request's own deadline is longer.
constexpr int busy_milliseconds = 10'000;

error failure_of(sqlite3* database)
{
    const int code = sqlite3_errcode(database);
    const std::string message = sqlite3_errmsg(database);
    if (code == SQLITE_FULL)
        return {errc::unavailable, "the index cannot grow: the disk is full"};
    if (code == SQLITE_READONLY)
        return {errc::unavailable, "the index cannot be written: " + message};
    return {errc::failed, "index: " + message};
}

void expect_bound(int code)
{
    if (code != SQLITE_OK)
        throw std::logic_error(std::string("a statement's parameter cannot be bound: ") + sqlite3_errstr(code));
}

} // namespace

statement::~statement()
{
    if (prepared_ != nullptr) {
        sqlite3_reset(prepared_);
        sqlite3_clear_bindings(prepared_);
    }
}

statement& statement::operator<<(std::int64_t value)
{
    expect_bound(sqlite3_bind_int64(prepared_, next_++, value));
    return *this;
}

statement& statement::operator<<(std::string_view text)
{
    // A null pointer would bind NULL instead of the empty text.
    const char* const begin = text.empty() ? "" : text.data();
    expect_bound(sqlite3_bind_text64(prepared_, next_++, begin, text.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

statement& statement::operator<<(blob_view bytes)
{
    const char* const begin = bytes.bytes.empty() ? "" : bytes.bytes.data();
    expect_bound(sqlite3_bind_blob64(prepared_, next_++, begin, bytes.bytes.size(), SQLITE_STATIC));
    return *this;
}

statement& statement::operator<<(std::nullopt_t)
{
    expect_bound(sqlite3_bind_null(prepared_, next_++));
    return *this;
}

result<bool> statement::step()
{
    const int code = sqlite3_step(prepared_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return failure_of(database_);
}

result<void> statement::run()
{
    result<bool> row = step();
    if (!row)
        return row.error();
    return {};
}

std::int64_t statement::integer(int column) const
{
    return sqlite3_column_int64(prepared_, column);
}

std::string statement::text(int column) const
{
    const void* const bytes = sqlite3_column_blob(prepared_, column);
    const auto length = static_cast<std::size_t>(sqlite3_column_bytes(prepared_, column));
    return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), length);
}

bool statement::is_null(int column) const
{
    return sqlite3_column_type(prepared_, column) == SQLITE_NULL;
}

result<database> database::open(const std::filesystem::path& file, access how)
{
    const int flags = how == access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    database fresh;
    fresh.handle_.reset(opened);
    if (code != SQLITE_OK)
        return error(errc::failed, "open " + file.string() + ": " + sqlite3_errstr(code));
    sqlite3_busy_timeout(opened, busy_milliseconds);
    return fresh;
}

statement database::prepare(std::string_view sql)
{
    auto& cached = cache_[sql.data()];
    if (!cached) {
        sqlite3_stmt* prepared = nullptr;
        if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                &prepared, nullptr) != SQLITE_OK)
            throw std::logic_error(std::string(sqlite3_errmsg(handle_.get())) + " in: " + std::string(sql));
        cached.reset(prepared);
    }
    return {handle_.get(), cached.get()};
}

result<void> database::execute(const char* sql)
{
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return failure_of(handle_.get());
    return {};
}

} // namespace fleetman::s3server
