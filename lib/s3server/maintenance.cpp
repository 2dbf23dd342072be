#include "body_check.hpp"
#include "index_reader.hpp"
#include "schema.hpp"

#include <fleetman/core/random.hpp>
#include <fleetman/s3server/maintenance.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

namespace fleetman::s3server {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t page = 1000;
constexpr int most_snapshots = 20; // each needs only what was put since the one before
constexpr std::size_t name_bytes = 8;

error file_trouble(const std::string& doing, const fs::path& file, std::error_code why)
{
    return {errc::failed, doing + ' ' + file.string() + ": " + why.message()};
}

result<database> open_index(const fs::path& folder)
{
    std::error_code unknown;
    if (!fs::exists(folder / "index.db", unknown) && !unknown)
        return error(errc::not_found, "there is no store in " + folder.string());
    result<database> index = database::open(folder / "index.db", database::access::read_only);
    if (!index)
        return index;
    if (result<void> known = expect_schema(*index); !known)
        return known.error().within(folder.string());
    return index;
}

// A body that is gone because its object is gone as well, or has another one by now, is no damage.
result<std::optional<std::string>> judge(const body_store& bodies, index_reader& index, kept_body one)
{
    result<body_reading> reading = body_reading::begin(bodies, index, std::move(one));
    if (!reading)
        return reading.error();
    for (;;) {
        result<bool> more = reading->go_on();
        if (!more)
            return more.error();
        if (!*more)
            break;
    }
    if (reading->damage().empty())
        return std::optional<std::string>();
    result<bool> still = index.has_still(reading->body());
    if (!still)
        return still.error();
    return *still ? std::optional(reading->damage()) : std::nullopt;
}

// What is only for this time in a folder that others use, gone with it.
class passing_folder
{
public:
    explicit passing_folder(fs::path path) : path_(std::move(path)) {}
    ~passing_folder()
    {
        std::error_code ignored; // the next start of the store sweeps it
        fs::remove_all(path_, ignored);
    }
    passing_folder(const passing_folder&) = delete;
    passing_folder& operator=(const passing_folder&) = delete;

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

// Held as long as it is open; the kernel gives it back however the process ends.
result<file_descriptor> lock(const fs::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return file_trouble("open", file, {errno, std::system_category()});
    file_descriptor held(new int(descriptor), [](const int* open) {
        ::close(*open);
        delete open;
    });
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return error(errc::conflict, "another one is under way into this place");
    return held;
}

result<void> sync_path(const fs::path& path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const std::error_code why{errno, std::system_category()};
    if (descriptor >= 0)
        ::close(descriptor);
    return synced ? result<void>() : result<void>(file_trouble("sync", path, why));
}

// A folder that is to become `target`: made beside it, and given its name when all of it is on the disk.
class folder_in_the_making
{
public:
    static result<folder_in_the_making> begin(const fs::path& wanted)
    {
        const fs::path target = wanted.has_filename() ? wanted : wanted.parent_path(); // "backup/" is "backup"
        std::error_code failure;
        if (fs::exists(fs::symlink_status(target, failure)))
            return error(errc::conflict, target.string() + " is there already");
        const fs::path partial = target.string() + ".partial";
        result<file_descriptor> held = lock(partial.string() + ".lock");
        if (!held)
            return held.error().within(target.string());
        fs::remove_all(partial, failure); // of an attempt that was cut off
        if (!fs::create_directory(partial, failure) || failure)
            return file_trouble("create", partial, failure);
        fs::permissions(partial, fs::perms::owner_all, failure);
        result<body_store> bodies = body_store::open(partial);
        if (!bodies)
            return bodies.error();
        return folder_in_the_making(target, partial, std::move(*held), std::move(*bodies));
    }

    ~folder_in_the_making()
    {
        if (!held_)
            return;
        std::error_code ignored;
        fs::remove_all(partial_, ignored);
        fs::remove(partial_.string() + ".lock", ignored);
    }
    folder_in_the_making(folder_in_the_making&&) = default;
    folder_in_the_making(const folder_in_the_making&) = delete;
    folder_in_the_making& operator=(const folder_in_the_making&) = delete;
    folder_in_the_making& operator=(folder_in_the_making&&) = delete;

    const fs::path& path() const { return partial_; }
    const body_store& bodies() const { return bodies_; }

    result<void> finish()
    {
        for (const result<void>& done : {bodies_.sync(), sync_path(partial_ / "index.db"), sync_path(partial_)})
            if (!done)
                return done;
        if (::rename(partial_.c_str(), target_.c_str()) != 0)
            return file_trouble("rename", partial_, {errno, std::system_category()});
        return sync_path(target_.has_parent_path() ? target_.parent_path() : ".");
    }

private:
    folder_in_the_making(fs::path target, fs::path partial, file_descriptor held, body_store bodies)
        : target_(std::move(target)), partial_(std::move(partial)), held_(std::move(held)), bodies_(std::move(bodies))
    {}

    fs::path target_;
    fs::path partial_;
    file_descriptor held_;
    body_store bodies_;
};

result<void> snapshot(const fs::path& data, const fs::path& into)
{
    std::error_code ignored;
    fs::remove(into, ignored);
    result<database> index = open_index(data);
    if (!index)
        return index.error();
    const std::string name = into.string();
    statement copy = index->prepare("VACUUM INTO ?"); // the sqlite.org documentation: one transaction's view
    copy << name;
    return copy.run();
}

// Second names for bodies, which their removal leaves alone.
class held_bodies
{
public:
    held_bodies(const body_store& of, const fs::path& folder) : of_(of), folder_(folder) {}

    // False when one of them is gone.
    result<bool> hold(const std::vector<std::string>& names)
    {
        bool all = true;
        for (const std::string& name : names) {
            if (names_.contains(name))
                continue;
            if (::link(of_.place_of(name).c_str(), (folder_ / name).c_str()) == 0)
                names_.insert(name);
            else if (errno == ENOENT)
                all = false;
            else
                return file_trouble("link", of_.place_of(name), {errno, std::system_category()});
        }
        return all;
    }

    fs::path path_of(const std::string& name) const { return folder_ / name; }

private:
    const body_store& of_;
    fs::path folder_;
    std::set<std::string> names_;
};

result<std::vector<std::string>> files_of(const fs::path& folder)
{
    result<database> index = open_index(folder);
    if (!index)
        return index.error();
    return index_reader(*index).files();
}

// An index of one moment, with all that it refers to held: bodies go when their objects do, so that it may take a few
// attempts while the store is busy.
result<std::vector<std::string>> hold_moment(const fs::path& data, const fs::path& index, held_bodies& held)
{
    const auto first = files_of(data); // most of them, before anything is copied
    if (!first)
        return first.error();
    if (result<bool> done = held.hold(*first); !done)
        return done.error();
    for (int attempt = 0; attempt < most_snapshots; ++attempt) {
        if (result<void> taken = snapshot(data, index); !taken)
            return taken.error();
        auto wanted = files_of(index.parent_path());
        if (!wanted)
            return wanted;
        const result<bool> all = held.hold(*wanted);
        if (!all)
            return all.error();
        if (*all)
            return wanted;
    }
    return error(errc::unavailable, "too much changes in the store just now: try again, or while nobody writes");
}

result<void> copy_bodies(const std::vector<std::string>& names, const std::function<fs::path(const std::string&)>& from,
    const body_store& into)
{
    for (const std::string& name : names) {
        const fs::path file = from(name);
        const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0)
            return file_trouble("open", file, {errno, std::system_category()});
        const result<void> copied = into.take_in(descriptor, name);
        ::close(descriptor);
        if (!copied)
            return copied;
    }
    return {};
}

} // namespace

result<verification> verify_store(const fs::path& data, const progress& tell)
{
    result<database> opened = open_index(data);
    if (!opened)
        return opened.error();
    index_reader index(*opened);
    const body_store bodies = body_store::look_at(data);
    verification found;
    body_position from;
    for (;;) {
        result<std::vector<kept_body>> some = index.bodies_after(from, page);
        if (!some)
            return some.error();
        if (some->empty())
            return found;
        from = {some->back().bucket_id, some->back().key};
        for (kept_body& one : *some) {
            damaged_object named{one.bucket, one.key, {}};
            const std::uint64_t size = one.size;
            result<std::optional<std::string>> damage = judge(bodies, index, std::move(one));
            if (!damage)
                return damage.error().within(named.bucket + '/' + named.key);
            ++found.objects;
            found.bytes += size;
            if (*damage) {
                named.why = **damage;
                found.damaged.push_back(std::move(named));
            }
        }
        tell(found);
    }
}

result<verification> back_up_store(const fs::path& data, const fs::path& target, const progress& tell)
{
    if (result<database> there = open_index(data); !there)
        return there.error();
    result<folder_in_the_making> made = folder_in_the_making::begin(target);
    if (!made)
        return made.error();
    const passing_folder names(data / "tmp" / ("backup-" + random_hex(name_bytes)));
    std::error_code failure;
    if (!fs::create_directory(names.path(), failure) || failure)
        return file_trouble("create", names.path(), failure);

    const body_store bodies = body_store::look_at(data);
    held_bodies held(bodies, names.path());
    const auto files = hold_moment(data, made->path() / "index.db", held);
    if (!files)
        return files.error();
    result<void> going =
        copy_bodies(*files, [&](const std::string& name) { return held.path_of(name); }, made->bodies());
    if (!going)
        return going.error();
    result<verification> found = verify_store(made->path(), tell);
    going = found ? made->finish() : result<void>(found.error());
    return going ? found : going.error();
}

result<verification> restore_store(const fs::path& backup, const fs::path& data, const progress& tell)
{
    const auto files = files_of(backup);
    if (!files)
        return files.error();
    result<folder_in_the_making> made = folder_in_the_making::begin(data);
    if (!made)
        return made.error();
    if (result<void> copied = snapshot(backup, made->path() / "index.db"); !copied)
        return copied.error();
    const body_store bodies = body_store::look_at(backup);
    result<void> going =
        copy_bodies(*files, [&](const std::string& name) { return bodies.place_of(name); }, made->bodies());
    if (!going)
        return going.error();
    result<verification> found = verify_store(made->path(), tell);
    going = found ? made->finish() : result<void>(found.error());
    return going ? found : going.error();
}

} // namespace fleetman::s3server
