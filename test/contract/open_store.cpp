#include "open_store.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/s3/open.hpp>
#include <fleetman/testing/memory_store.hpp>
#include <fleetman/testing/run.hpp>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace fleetman::contract {
namespace {

std::string environment(const char* name)
{
    const char* const value = std::getenv(name);
    if (value == nullptr)
        throw std::runtime_error(std::string(name) + " is not set; test/contract/run sets it");
    return value;
}

system_clock& time_now()
{
    static system_clock instance;
    return instance;
}

bool in_memory()
{
    return std::getenv("S3_ENDPOINT") == nullptr;
}

s3::connection connection_from_environment()
{
    s3::connection to;
    to.endpoint = net::parse_endpoint(environment("S3_ENDPOINT")).value();
    to.bucket = environment("S3_BUCKET");
    to.region = environment("S3_REGION");
    to.account = {environment("S3_ACCESS_KEY"), secret(environment("S3_SECRET_KEY")), {}};
    to.retry_delay = milliseconds(50);
    return to;
}

std::shared_ptr<storage::object_store> open_s3()
{
    const s3::connection to = connection_from_environment();
    testing::run(s3::ensure_bucket(to, time_now())).value();
    return s3::open(to, time_now()).value();
}

// "| `ceph` | Ceph RGW 16.2 | enforced | enforced | ignored | …"
abilities row_of(const std::string& provider)
{
    std::ifstream table(FLEETMAN_TEST_DATA "/../../docs/providers.md");
    for (std::string line; std::getline(table, line);) {
        const std::vector<std::string> cells = split(line, '|');
        if (cells.size() > 5 && trimmed(cells[1]) == '`' + provider + '`')
            return {std::string(trimmed(cells[3])), std::string(trimmed(cells[4])), std::string(trimmed(cells[5]))};
    }
    throw std::runtime_error("docs/providers.md has no row for " + provider);
}

} // namespace

std::shared_ptr<storage::object_store> open_store()
{
    static const std::shared_ptr<storage::object_store> opened =
        in_memory() ? std::make_shared<testing::memory_store>(time_now()) : open_s3();
    return opened;
}

std::shared_ptr<s3::s3_store> open_client()
{
    constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
    if (in_memory())
        return nullptr;
    s3::connection to = connection_from_environment();
    testing::run(s3::ensure_bucket(to, time_now())).value();
    to.put_whole_up_to = 6 * mebibyte;
    to.put_part_bytes = 5 * mebibyte;
    to.copy_part_bytes = 5 * mebibyte;
    to.get_part_bytes = mebibyte;
    return s3::open_client(std::move(to), time_now()).value();
}

const abilities& abilities_of_store()
{
    static const abilities found =
        in_memory() ? abilities{"enforced", "enforced", "enforced"} : row_of(environment("S3_PROVIDER"));
    return found;
}

} // namespace fleetman::contract
