#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/core/secret.hpp>
#include <fleetman/net/connect.hpp>
#include <fleetman/s3server/access_key.hpp>
#include <fleetman/storage/change_notices.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// An S3 server for one machine, in this process: for people who have no object store. It runs on an event loop and
// threads of its own, and is reached through HTTP only, like any other store.

namespace fleetman::s3server {

struct embedded_store_options
{
    net::address listen; // port 0 lets the system choose
    std::filesystem::path data_dir;
    std::string access_key;
    secret secret_key;
    std::vector<std::string> buckets; // created by open() when they are missing
    // Told of each object that was put or removed, on the store's thread; null: nobody wants to know.
    std::shared_ptr<storage::change_notices> notices = nullptr;
};

class embedded_store
{
public:
    // Locks and opens the data folder, creating what is missing, and sweeps what a crash left. Blocks. Fails with
    // conflict when another process has the folder, unsupported when a newer Fleetman wrote it, invalid on an option
    // that cannot be, and failed on the file system's errors.
    static result<std::unique_ptr<embedded_store>> open(embedded_store_options options);

    ~embedded_store(); // stops
    embedded_store(const embedded_store&) = delete;
    embedded_store& operator=(const embedded_store&) = delete;

    // Binds; connections wait from here on. Returns the port. Fails with unavailable when it is taken.
    result<std::uint16_t> listen();

    // Serves on its own threads until stop(). Call after listen().
    void start();

    // Lets requests under way end, for up to five seconds; blocks. Idempotent, from any thread but the store's own.
    void stop();

    std::uint16_t port() const; // 0 before listen()

    // From any executor, between start() and stop(). Cancelling the caller takes effect afterwards.

    // In the order of their ids. Fails with not_found when there is no such bucket.
    task<result<std::vector<access_key>>> access_keys(std::string bucket);
    // Makes a key for what `wanted` says, but for its id and time. Durable when it returns. Fails with not_found when
    // there is no such bucket, and with invalid on rights that cannot be or when the bucket has too many keys.
    task<result<made_access_key>> make_access_key(access_key wanted);
    // No request that comes after this is let in. Fails with not_found.
    task<result<void>> revoke_access_key(std::string bucket, std::string id);

private:
    struct impl;
    explicit embedded_store(std::unique_ptr<impl> opened);
    std::unique_ptr<impl> impl_;
};

} // namespace fleetman::s3server
