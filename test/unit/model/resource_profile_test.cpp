#include <fleetman/model/resource_profile.hpp>

#include <catch2/catch.hpp>

using namespace fleetman::model;

TEST_CASE("sizes count in decimal and binary units, in any case", "[resources]")
{
    const std::pair<const char*, std::uint64_t> good[] = {{"0b", 0}, {"0", 0}, {"512", 512}, {"512b", 512},
        {"1k", 1000}, {"1KB", 1000}, {"1Ki", 1024}, {"512MiB", 536870912}, {"2g", 2000000000}, {"3GIB", 3221225472}};
    for (const auto& [text, bytes] : good)
        CHECK(parse_byte_size(text).value() == bytes);
    for (const char* bad : {"", "b", "1.5g", "1 g", " 1", "-1", "1t", "1kib2", "1ii", "1bb", "99999999999999999999",
             "18446744073709551615k"})
        CHECK(parse_byte_size(bad).has_error());
}

TEST_CASE("a share of a core becomes percent", "[resources]")
{
    CHECK(cpu_quota("500m").value() == "50%");
    CHECK(cpu_quota("125m").value() == "12.5%");
    CHECK(cpu_quota("100m").value() == "10%");
    CHECK(cpu_quota("4000m").value() == "400%");
    for (const char* bad : {"", "m", "99m", "500", "0.5", "1.5m", "500 m", "-500m", "4294967296m"})
        CHECK(cpu_quota(bad).has_error());
}

TEST_CASE("limits are lines of a unit; swap and weight are always there", "[resources]")
{
    CHECK(unit_limits({"500m", "512MiB", "1g", 50}).value() ==
          "CPUQuota=50%\nMemoryMax=536870912\nMemorySwapMax=1000000000\nIOWeight=50\n");
    CHECK(unit_limits({}).value() == "MemorySwapMax=0\nIOWeight=100\n");
}

TEST_CASE("every violation of a resource profile is named", "[resources]")
{
    const auto found = violations(resource_profile{"50m", "4MiB", "much", 0});
    REQUIRE(found.size() == 4);
    CHECK(found[0].field == "cpu");
    CHECK(found[1].field == "memory");
    CHECK(found[2].field == "memory_swap");
    CHECK(found[3].field == "io_weight");
    CHECK(unit_limits({.cpu = "50m"}).has_error());
}
