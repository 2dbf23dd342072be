#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/versions.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/memory_store.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using namespace fleetman::control;
using model::file_path;
using model::file_type;
using testing::memory_store;
using testing::run;

namespace {

file_path path(const char* text)
{
    return file_path::parse(text).value();
}

model::version version_of(const char* text)
{
    return model::version::parse(text).value();
}

// A systemd service without an app.service of its own.
struct prepared
{
    testing::manual_clock time;
    std::shared_ptr<memory_store> store = std::make_shared<memory_store>(time);
    control::text_memory texts;
    control::versions all{time, texts};
    model::version v1 = version_of("v1.0.0");
    manifest_place web{model::manifest_name::parse("web").value(), {},
        {store, bucket::keyspace(model::key_prefix::parse("prod").value())}};
    model::known_names known{{"main"}, {}};

    prepared()
    {
        web.content.files = {{.path = path("run.sh"), .type = file_type::text},
            {.path = path("server"), .type = file_type::binary}, {.path = path("app.service"), .type = file_type::text},
            {.path = path("logs/"), .type = file_type::folder}};
        web.content.profile = model::run_profile::systemd;
        web.content.bucket = "main";
        run(all.create(web, v1, std::nullopt)).value();
    }

    result<stored_file> upload(const char* to, std::string body)
    {
        const std::uint64_t length = body.size();
        string_source source(std::move(body));
        return run(all.put_file(web, v1, path(to), source, length));
    }
    result<model::snapshot> finalize() { return run(all.finalize(web, v1, known, std::nullopt)); }
    const std::string& body(const std::string& file) const
    {
        return store->body("prod/deployments/web/v1.0.0/" + file);
    }
};

} // namespace

TEST_CASE_METHOD(prepared, "texts are stored with LF, binaries as they are", "[control][versions]")
{
    CHECK(upload("run.sh", "#!/bin/sh\r\nexec ./server\r\n").value().size == 24);
    CHECK(upload("server", "\r\n\0").has_value());

    CHECK(body("run.sh") == "#!/bin/sh\nexec ./server\n");
    CHECK(body("server") == "\r\n");
}

TEST_CASE_METHOD(
    prepared, "a complete version is sealed with what each file is, and app.service is made", "[control][versions]")
{
    upload("run.sh", "#!/bin/sh\n").value();
    upload("server", "ELF").value();
    const model::snapshot sealed = finalize().value();

    CHECK(sealed.content.find("server")->size == 3);
    CHECK(sealed.content.find("run.sh")->sha256 == sha256_hex("#!/bin/sh\n"));
    CHECK(body("app.service").find("[Service]") != std::string::npos);
    const auto stored = run(bucket::read_deployment_manifest(web.at, web.name, v1)).value().value;
    CHECK(stored.created_at == "2026-01-05T10:00:00+00:00");
    CHECK(run(all.describe(web, v1)).value().summary.finalized);
}

TEST_CASE_METHOD(prepared, "a manifest that does not name app.service gets one all the same", "[control][versions]")
{
    std::erase_if(web.content.files, [](const model::file_entry& one) { return one.path.str() == "app.service"; });
    upload("run.sh", "#!/bin/sh\n").value();
    upload("server", "ELF").value();
    const model::snapshot sealed = finalize().value();

    REQUIRE(sealed.content.find("app.service") != nullptr);
    CHECK(sealed.content.find("app.service")->size == body("app.service").size());
    CHECK(body("app.service").find("[Service]") != std::string::npos);
}

TEST_CASE_METHOD(prepared, "finalizing names every missing file and unresolved token", "[control][versions]")
{
    upload("run.sh", "#!/bin/sh\ncd {{ fleetagent_base_dir }}\necho {{ colour }}\n").value();
    const auto outcome = finalize();

    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::invalid);
    CHECK(outcome.error().fields() ==
          std::vector<field_error>{{"server", "is missing; upload it, or take it out of the manifest"},
              {"run.sh", "line 3: {{ colour }} is nothing that an agent fills in"}});
    CHECK_FALSE(store->contains("prod/deployments/web/v1.0.0/manifest.json"));
}

TEST_CASE_METHOD(prepared, "a sealed version does not change", "[control][versions]")
{
    upload("run.sh", "#!/bin/sh\n").value();
    upload("server", "ELF").value();
    finalize().value();

    CHECK(upload("server", "other").error().code() == errc::conflict);
    CHECK(run(all.remove_file(web, v1, path("server"))).error().code() == errc::conflict);
    CHECK(finalize().error().code() == errc::conflict);
    CHECK(run(all.create(web, v1, std::nullopt)).error().code() == errc::conflict);
    CHECK(body("server") == "ELF");
}

TEST_CASE_METHOD(prepared, "a clone is a draft with the same files", "[control][versions]")
{
    upload("run.sh", "#!/bin/sh\n").value();
    upload("server", "ELF").value();
    finalize().value();
    const model::version v2 = version_of("v1.1.0");
    run(all.create(web, v2, v1)).value();

    const version_detail detail = run(all.describe(web, v2)).value();
    CHECK_FALSE(detail.summary.finalized);
    CHECK(detail.summary.files == 3);
    CHECK(run(all.create(web, version_of("v2.0.0"), version_of("v9.9.9"))).error().code() == errc::not_found);
}

TEST_CASE_METHOD(prepared, "a clone that fails half way leaves nothing, and can be repeated", "[control][versions]")
{
    upload("run.sh", "#!/bin/sh\n").value();
    upload("server", "ELF").value();
    const model::version v2 = version_of("v1.1.0");
    store->before = [](const std::string& operation, const std::string& key) {
        return operation == "copy" && key.ends_with("server") ? result<void>(error(errc::unavailable, "no answer"))
                                                              : result<void>();
    };
    CHECK(run(all.create(web, v2, v1)).error().code() == errc::unavailable);
    CHECK(std::ranges::none_of(
        store->keys(), [](const std::string& key) { return key.starts_with("prod/deployments/web/v1.1.0"); }));

    store->before = nullptr;
    run(all.create(web, v2, v1)).value();
    CHECK(run(all.describe(web, v2)).value().summary.files == 2);
}

TEST_CASE_METHOD(
    prepared, "a version is taken before its files are copied, by one creator alone", "[control][versions]")
{
    upload("server", "ELF").value();
    store->history.clear();
    run(all.create(web, version_of("v1.1.0"), v1)).value();
    const auto position = [this](const std::string& one) {
        return std::ranges::find(store->history, one) - store->history.begin();
    };
    CHECK(position("put prod/deployments/web/v1.1.0/") < position("copy prod/deployments/web/v1.1.0/server"));

    // Another controller takes v1.2.0 between our look and our writing.
    store->before = [](const std::string& operation, const std::string& key) {
        return operation == "put" && key == "prod/deployments/web/v1.2.0/"
                   ? result<void>(error(errc::conflict, "changed by someone else"))
                   : result<void>();
    };
    const auto outcome = run(all.create(web, version_of("v1.2.0"), v1));
    CHECK(outcome.error().message() == "web v1.2.0 exists already");
    CHECK_FALSE(store->contains("prod/deployments/web/v1.2.0/server"));
}

TEST_CASE_METHOD(prepared, "the checklist shows what is missing and what nobody asked for", "[control][versions]")
{
    upload("server", "ELF").value();
    upload("extra.bin", "x").value();
    const version_detail detail = run(all.describe(web, v1)).value();

    std::vector<std::string> shown;
    for (const version_file& file : detail.files)
        shown.push_back(
            file.entry.path.str() + (file.present ? " present" : " missing") + (file.named ? "" : ", extra"));
    CHECK(shown == std::vector<std::string>{"run.sh missing", "server present", "app.service missing", "logs/ present",
                       "extra.bin present, extra"});
}

TEST_CASE_METHOD(prepared, "versions are listed by number, newest first", "[control][versions]")
{
    run(all.create(web, version_of("v1.10.0"), std::nullopt)).value();
    run(all.create(web, version_of("v1.9.0"), std::nullopt)).value();

    std::vector<std::string> listed;
    for (const version_summary& one : run(all.list(web)).value())
        listed.push_back(one.version.str());
    CHECK(listed == std::vector<std::string>{"v1.10.0", "v1.9.0", "v1.0.0"});
}

TEST_CASE_METHOD(prepared, "uploads need a version, and a path that is no folder", "[control][versions]")
{
    CHECK(upload("logs/", "").error().code() == errc::invalid);
    v1 = version_of("v3.0.0");
    CHECK(upload("server", "x").error().code() == errc::not_found);
}

TEST_CASE("while a file is changed its version is not sealed, and the other way round", "[control][versions]")
{
    version_guard guard;
    auto editing = guard.edit("a/v1/").value();
    CHECK(guard.seal("a/v1/").error().code() == errc::conflict);
    CHECK(guard.seal("a/v2/").has_value());
    editing.reset();

    auto sealing = guard.seal("a/v1/").value();
    CHECK(guard.edit("a/v1/").error().code() == errc::conflict);
    CHECK(guard.seal("a/v1/").error().code() == errc::conflict);
    sealing.reset();
    CHECK(guard.edit("a/v1/").has_value());
}
