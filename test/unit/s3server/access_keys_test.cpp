#include "../../../lib/s3server/access_keys.hpp"
#include "../../../lib/s3server/data_folder.hpp"
#include "../../../lib/s3server/faults.hpp"

#include <fleetman/core/random.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::s3server;
using testing::run;

namespace fs = std::filesystem;

namespace {

bool permits(const std::string& right, action what, std::string_view key)
{
    return access_rights::parse({right}).value().permit(what, key);
}

fault refusal(const std::vector<std::string>& rights)
{
    return fault_of(access_rights::parse(rights).error());
}

const credentials own{"OWN", secret("own-secret")};

struct keys_fixture
{
    ~keys_fixture() { fs::remove_all(folder); }

    std::unique_ptr<data_folder> open() { return data_folder::open(folder, {"fleet", "other"}).value(); }

    fs::path folder = fs::temp_directory_path() / ("fleetman-keys-" + random_hex(8));
};

} // namespace

TEST_CASE("a right opens what it names and nothing beside it", "[s3server][keys]")
{
    CHECK(permits("read prod/a.json", action::read, "prod/a.json"));
    CHECK_FALSE(permits("read prod/a.json", action::read, "prod/a.json.old"));
    CHECK_FALSE(permits("read prod/a.json", action::read, "prod/a.jso"));
    CHECK_FALSE(permits("read prod/a.json", action::write, "prod/a.json"));

    CHECK(permits("read prod/cells/node01/*", action::read, "prod/cells/node01/web/versions/v1/a b"));
    CHECK_FALSE(permits("read prod/cells/node01/*", action::read, "prod/cells/node010/web/trigger.json"));
    CHECK_FALSE(permits("read prod/cells/node01/*", action::read, "prod/cells/node01"));
    CHECK_FALSE(permits("read prod/cells/node01/*", action::read, "other/prod/cells/node01/x"));
}

TEST_CASE("a star that is not the end stays within a folder", "[s3server][keys]")
{
    const std::string right = "write prod/cells/node01/*/status.json";
    CHECK(permits(right, action::write, "prod/cells/node01/web/status.json"));
    CHECK_FALSE(permits(right, action::write, "prod/cells/node01/web/versions/v1/status.json"));
    CHECK_FALSE(permits(right, action::write, "prod/cells/node01/web/status.json/x"));
    CHECK_FALSE(permits(right, action::write, "prod/cells/node01/status.json"));
    CHECK(permits("read a*/b*/*", action::read, "aa/bb/c/d"));
    CHECK_FALSE(permits("read a*/b*/*", action::read, "aa/c/bb/d"));
}

TEST_CASE("a listing is allowed when all that it can show is", "[s3server][keys]")
{
    CHECK(permits("list prod/cells/node01/*", action::list, "prod/cells/node01/"));
    CHECK(permits("list prod/cells/node01/*", action::list, "prod/cells/node01/web/ver"));
    CHECK_FALSE(permits("list prod/cells/node01/*", action::list, "prod/cells/node01"));
    CHECK_FALSE(permits("list prod/cells/node01/*", action::list, ""));
    CHECK_FALSE(permits("list prod/agents/node01.json", action::list, "prod/agents/node01.json"));
}

TEST_CASE("rights that cannot be are refused", "[s3server][keys]")
{
    CHECK(refusal({}) == fault::invalid_argument);
    for (const char* const line :
        {"", "read", "read ", "admin prod/*", " read x", "read *a*b*c*d*e", "read a\nwrite b"})
        CHECK(refusal({line}) == fault::invalid_argument);
    CHECK(refusal(std::vector<std::string>(33, "read a")) == fault::invalid_argument);
    CHECK(refusal({"read " + std::string(1025, 'a')}) == fault::invalid_argument);
}

TEST_CASE_METHOD(keys_fixture, "a key is there after a restart, until it is revoked", "[s3server][keys]")
{
    std::string id;
    {
        const auto data = open();
        access_keys keys = access_keys::load(own, data->access_keys()).value();
        const made_access_key made =
            run(keys.make(data->index(), {"", "fleet", "node01", {"read a/*", "write b"}, from_milliseconds(7)}))
                .value();
        id = made.key.id;
        CHECK(made.secret_key.reveal().size() == 40);
        CHECK(keys.find(id)->account().secret_key == made.secret_key);
    }
    const auto data = open();
    access_keys keys = access_keys::load(own, data->access_keys()).value();
    const std::shared_ptr<const key_holder> holder = keys.find(id);
    REQUIRE(holder);
    CHECK(holder->may(action::read, "fleet", "a/x"));
    CHECK_FALSE(holder->may(action::read, "other", "a/x"));
    CHECK_FALSE(holder->may_everything());
    const std::vector<access_key> listed = run(keys.list(data->index(), "fleet")).value();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].note == "node01");
    CHECK(listed[0].rights == std::vector<std::string>{"read a/*", "write b"});
    CHECK(run(keys.list(data->index(), "other")).value().empty());

    CHECK(fault_of(run(keys.revoke(data->index(), "other", id)).error()) == fault::no_such_key);
    REQUIRE(run(keys.revoke(data->index(), "fleet", id)).has_value());
    CHECK(keys.find(id) == nullptr);
    CHECK(holder->may(action::read, "fleet", "a/x")); // a request under way ends as it began
    CHECK(fault_of(run(keys.revoke(data->index(), "fleet", id)).error()) == fault::no_such_key);
    CHECK(keys.find("OWN")->may_everything());
}

TEST_CASE_METHOD(keys_fixture, "the keys of a bucket end with it", "[s3server][keys]")
{
    const auto data = open();
    access_keys keys = access_keys::load(own, {}).value();
    const std::string id = run(keys.make(data->index(), {"", "other", "n", {"read *"}, {}})).value().key.id;
    CHECK(fault_of(run(keys.make(data->index(), {"", "gone", "n", {"read *"}, {}})).error()) == fault::no_such_bucket);
    REQUIRE(run(data->index().write([](index_writer& index) { return index.delete_bucket("other"); })).has_value());
    keys.forget("other");
    CHECK(keys.find(id) == nullptr);
    CHECK(keys.find("OWN") != nullptr);
}
