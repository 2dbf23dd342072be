#include "data_folder.hpp"
#include "faults.hpp"
#include "operations.hpp"
#include "schema.hpp"

#include <fleetman/core/log.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <system_error>

namespace fleetman::s3server {

namespace fs = std::filesystem;

namespace {

result<void> make_folder(const fs::path& folder)
{
    std::error_code failure;
    const bool made = fs::create_directories(folder, failure);
    if (made && !failure)
        fs::permissions(folder, fs::perms::owner_all, failure);
    if (failure)
        return error(errc::failed, "create " + folder.string() + ": " + failure.message());
    return {};
}

// The kernel gives the lock back however the process ends.
result<file_descriptor> lock(const fs::path& folder)
{
    const fs::path file = folder / "lock";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return error(errc::failed, "open " + file.string() + ": " + std::system_category().message(errno));
    file_descriptor held(new int(descriptor), [](const int* open) {
        ::close(*open);
        delete open;
    });
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return error(errc::conflict,
            folder.string() + " is in use by another Fleetman store (fuser " + file.string() + " shows which)");
    return held;
}

result<void> create_missing(database& index, const std::vector<std::string>& buckets)
{
    for (const std::string& name : buckets) {
        if (!is_bucket_name(name))
            return error(errc::invalid, "\"" + name +
                                            "\" is not a bucket name: 3 to 63 lower-case letters, digits, dots and "
                                            "dashes, beginning and ending with a letter or digit");
        result<void> created = index_writer(index).create_bucket(name, std::chrono::system_clock::now());
        if (!created && fault_of(created.error()) != fault::bucket_already_owned_by_you)
            return created;
    }
    return {};
}

result<void> sweep(database& index, const body_store& bodies)
{
    result<std::vector<std::string>> referenced = index_reader(index).files();
    if (!referenced)
        return referenced.error();
    result<std::size_t> removed = bodies.sweep({referenced->begin(), referenced->end()});
    if (!removed)
        return removed.error();
    if (*removed != 0)
        log::info("store", "leftovers-removed", {{"files", *removed}});
    return {};
}

// Before other threads have the index. Returns the access keys in it.
result<std::vector<access_key_row>> put_in_order(
    const fs::path& file, const body_store& bodies, const std::vector<std::string>& buckets)
{
    result<database> index = database::open(file, database::access::read_write);
    if (!index)
        return index.error();
    result<void> going = prepare_schema(*index);
    if (going)
        going = create_missing(*index, buckets);
    if (going)
        going = sweep(*index, bodies);
    if (!going)
        return going.error();
    return index_reader(*index).access_keys();
}

} // namespace

result<std::unique_ptr<data_folder>> data_folder::open(const fs::path& folder, const std::vector<std::string>& buckets)
{
    if (result<void> made = make_folder(folder); !made)
        return made.error();
    result<file_descriptor> held = lock(folder);
    if (!held)
        return held.error();
    result<body_store> bodies = body_store::open(folder);
    if (!bodies)
        return bodies.error();
    const fs::path file = folder / "index.db";
    auto keys = put_in_order(file, *bodies, buckets);
    if (!keys)
        return keys.error().within("open " + file.string());
    result<std::unique_ptr<object_index>> index = object_index::open(file);
    if (!index)
        return index.error();
    return std::unique_ptr<data_folder>(
        new data_folder(std::move(*held), std::move(*index), std::move(*bodies), std::move(*keys)));
}

} // namespace fleetman::s3server
