#include "object_index.hpp"
#include "schema.hpp"

namespace fleetman::s3server {

namespace {

// Reads are short; more threads would only wait for the same page cache.
constexpr std::size_t reader_count = 3;

} // namespace

result<std::unique_ptr<object_index>> object_index::open(const std::filesystem::path& file)
{
    result<database> writer = database::open(file, database::access::read_write);
    if (!writer)
        return writer.error();
    result<void> prepared = prepare_schema(*writer);
    if (!prepared)
        return prepared.error();
    std::vector<database> readers;
    for (std::size_t i = 0; i < reader_count; ++i) {
        result<database> one = database::open(file, database::access::read_only);
        if (!one)
            return one.error();
        readers.push_back(std::move(*one));
    }
    return std::make_unique<object_index>(std::move(*writer), std::move(readers));
}

object_index::object_index(database writer, std::vector<database> readers)
    : writing_(std::move(writer)), readers_(std::move(readers)), reading_(reader_count)
{
    for (database& one : readers_)
        idle_.push_back(&one);
}

// There are as many connections as threads, so one is always idle.
object_index::lent_reader::lent_reader(object_index& from) : owner(from), index(nullptr)
{
    const std::lock_guard lock(owner.guard_);
    index = owner.idle_.back();
    owner.idle_.pop_back();
}

object_index::lent_reader::~lent_reader()
{
    const std::lock_guard lock(owner.guard_);
    owner.idle_.push_back(index);
}

} // namespace fleetman::s3server
