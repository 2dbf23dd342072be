#include "schema.hpp"

#include <array>

namespace fleetman::s3server {

namespace {

// "Fltm", so that file(1) and we know the file from any other SQLite database.
constexpr std::int64_t application_id = 0x466c746d;

// Keys are compared byte by byte (BINARY), which is S3's order of UTF-8 bytes. Bodies are kept out of `objects`, so
// that a listing reads nothing but names.
constexpr const char* first_tables = R"sql(
CREATE TABLE buckets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    name TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL -- milliseconds since 1970, as all times here
);
CREATE TABLE objects (
    bucket INTEGER NOT NULL REFERENCES buckets (id),
    key TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    headers TEXT NOT NULL, -- "name: value" lines
    sha256 TEXT,           -- hex, of the body; null when it was assembled from parts
    small INTEGER,         -- small_bodies.id, or
    file TEXT,             -- a file's name below blobs/; both null: the body is empty
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE small_bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    bucket INTEGER NOT NULL REFERENCES buckets (id),
    key TEXT NOT NULL,
    created INTEGER NOT NULL,
    headers TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX uploads_of_bucket ON uploads (bucket, key, id);
CREATE TABLE parts (
    upload TEXT NOT NULL REFERENCES uploads (id),
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
PRAGMA application_id = 1181512813;
)sql";

constexpr const char* access_keys_and_damage = R"sql(
CREATE TABLE access_keys ( -- beside the store's own, which opens everything
    id TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    bucket INTEGER NOT NULL REFERENCES buckets (id),
    note TEXT NOT NULL,   -- whom it is for
    rights TEXT NOT NULL, -- one a line: "read prefix/"
    created INTEGER NOT NULL
) WITHOUT ROWID;
ALTER TABLE objects ADD COLUMN damaged INTEGER; -- when the body was found to be other than what was put; else null
)sql";

// Each takes the format of its number to the next; a new file goes through all of them.
constexpr std::array<const char*, format_version> steps{first_tables, access_keys_and_damage};

result<std::int64_t> pragma(database& index, std::string_view sql)
{
    statement asked = index.prepare(sql);
    result<bool> row = asked.step();
    if (!row)
        return row.error();
    return asked.integer(0);
}

// All or nothing: a file is never between two formats.
result<void> migrate(database& index, std::int64_t version)
{
    if (version == format_version)
        return {};
    std::string script = "BEGIN IMMEDIATE;";
    for (std::int64_t at = version; at < format_version; ++at)
        script += steps.at(static_cast<std::size_t>(at));
    script += "PRAGMA user_version = " + std::to_string(format_version) + "; COMMIT;";
    return index.execute(script.c_str());
}

result<void> check_format(database& index)
{
    result<std::int64_t> owner = pragma(index, "PRAGMA application_id");
    result<std::int64_t> version = pragma(index, "PRAGMA user_version");
    result<std::int64_t> entries = pragma(index, "SELECT count(*) FROM sqlite_schema");
    for (const auto* one : {&owner, &version, &entries})
        if (!*one)
            return one->error();
    if (*entries == 0)
        return migrate(index, 0);
    if (*owner != application_id || *version < 1)
        return error(errc::invalid, "index.db is a database, but not of a Fleetman store");
    if (*version > format_version)
        return error(errc::unsupported, "a newer Fleetman wrote this folder (format " + std::to_string(*version) +
                                            ", this one knows " + std::to_string(format_version) + "): upgrade first");
    return migrate(index, *version);
}

} // namespace

result<void> expect_schema(database& index)
{
    const result<std::int64_t> owner = pragma(index, "PRAGMA application_id");
    const result<std::int64_t> version = pragma(index, "PRAGMA user_version");
    for (const auto* one : {&owner, &version})
        if (!*one)
            return one->error();
    if (*owner != application_id)
        return error(errc::invalid, "index.db is a database, but not of a Fleetman store");
    if (*version != format_version)
        return error(errc::unsupported,
            "the folder has format " + std::to_string(*version) + ", and this Fleetman has " +
                std::to_string(format_version) +
                (*version < format_version ? ": let this one serve it once" : ": use the newer one that wrote it"));
    return {};
}

result<void> prepare_schema(database& index)
{
    // FULL syncs the log at each commit; group commit makes that affordable.
    result<void> durable =
        index.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                      "PRAGMA wal_autocheckpoint = 4000;");
    if (!durable)
        return durable;
    return check_format(index);
}

} // namespace fleetman::s3server
