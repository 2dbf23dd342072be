#include <fleetman/control/editing.hpp>
#include <fleetman/testing/controller.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

using namespace fleetman;
using namespace fleetman::control;
using testing::run;

namespace {

struct configured : testing::controller
{
    model::bucket_name main = model::bucket_name::parse("main").value();
    model::manifest_name hello = model::manifest_name::parse("hello").value();
    model::cell_ref cell = model::cell_ref::parse("node01/hello").value();

    model::manifest files() const
    {
        model::manifest value;
        value.files = {{.path = model::file_path::parse("a.txt").value(), .type = model::file_type::text}};
        value.profile = model::run_profile::deploy;
        value.bucket = "main";
        return value;
    }

    void configure()
    {
        run(save_bucket(app.names, main, connection("fleet"), writing::create)).value();
        run(save_manifest(app.names, hello, files(), writing::create)).value();
        run(save_cell(app.names, cell, {main, hello}, writing::create)).value();
    }

    std::string file() const
    {
        std::ifstream in(folder.path / "controller_config.yaml");
        std::stringstream text;
        text << in.rdbuf();
        return text.str();
    }
};

} // namespace

TEST_CASE_METHOD(configured, "what is saved is in the file and can be asked for", "[control][catalog]")
{
    configure();

    CHECK(app.names.cell(cell).value().manifest == hello);
    CHECK(app.names.manifest(hello).value().at.store == app.names.location(main).value().store);
    CHECK(file().find("node01/hello") != std::string::npos);
}

TEST_CASE_METHOD(configured, "a connection that cannot be used is refused and not saved", "[control][catalog]")
{
    config::bucket_connection broken = connection("fleet");
    broken.endpoint = "nonsense";
    const auto outcome = run(save_bucket(app.names, main, broken, writing::create));

    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::invalid);
    CHECK(app.names.config().buckets.empty());
}

TEST_CASE_METHOD(
    configured, "a changed connection gets a new client, an unchanged one keeps its own", "[control][catalog]")
{
    configure();
    const auto before = app.names.location(main).value().store;
    CHECK(app.names.location(main).value().store == before);

    run(save_bucket(app.names, main, connection("other"), writing::replace)).value();
    CHECK(app.names.location(main).value().store != before);
}

TEST_CASE_METHOD(configured, "what others use cannot be deleted, and the users are named", "[control][catalog]")
{
    configure();
    const auto bucket = run(remove_bucket(app.names, main));
    const auto manifest = run(remove_manifest(app.names, hello));

    REQUIRE(bucket.has_error());
    CHECK(bucket.error().code() == errc::conflict);
    CHECK(bucket.error().message() == "bucket connection main is used by manifest hello, cell node01/hello");
    REQUIRE(manifest.has_error());
    CHECK(manifest.error().message() == "manifest hello is used by cell node01/hello");

    run(forget_cell(app.names, cell)).value();
    run(remove_manifest(app.names, hello)).value();
    run(remove_bucket(app.names, main)).value();
    CHECK(app.names.config().buckets.empty());
}

TEST_CASE_METHOD(
    configured, "a cell of something that does not exist is refused, with both fields", "[control][catalog]")
{
    const auto outcome = run(save_cell(app.names, cell, {main, hello}, writing::create));

    REQUIRE(outcome.has_error());
    REQUIRE(outcome.error().fields().size() == 2);
    CHECK(outcome.error().fields()[0].field == "bucket");
    CHECK(outcome.error().fields()[1].field == "manifest");
}

TEST_CASE_METHOD(configured, "creating what exists and replacing what does not are refused", "[control][catalog]")
{
    configure();
    CHECK(run(save_manifest(app.names, hello, files(), writing::create)).error().code() == errc::conflict);
    CHECK(run(forget_cell(app.names, model::cell_ref::parse("a/b").value())).error().code() == errc::not_found);
    CHECK(run(save_cell(app.names, model::cell_ref::parse("a/b").value(), {main, hello}, writing::replace))
              .error()
              .code() == errc::not_found);
}

TEST_CASE_METHOD(configured, "an edit made in the file meanwhile is kept by the next one", "[control][catalog]")
{
    configure();
    auto other = config::controller_config_file::open(folder.path / "controller_config.yaml").value();
    const auto added = model::cell_ref::parse("node02/hello").value();
    other.set(added, config::cell{main, hello});
    other.save().value();

    run(save_cell(app.names, model::cell_ref::parse("node03/hello").value(), {main, hello}, writing::create)).value();
    CHECK(app.names.config().cells.contains(added));
    CHECK(app.names.config().cells.size() == 3);
}

TEST_CASE_METHOD(configured, "`unlimited` is not a profile that can be made, changed or deleted", "[control][catalog]")
{
    const auto name = model::profile_name::parse("unlimited").value();
    CHECK(run(save_resource_profile(app.names, name, {}, writing::create)).error().code() == errc::conflict);
    CHECK(run(remove_resource_profile(app.names, name)).has_error());
    CHECK_FALSE(app.names.limits_of(files()).value().has_value());
}
