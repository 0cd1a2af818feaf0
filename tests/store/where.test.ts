import { expect, it } from "vitest";
import { maskPassword, readPlace, takePassword } from "../../src/store/where.ts";

it.each([
  ["state/mezzo.db", "state/mezzo.db"],
  ["postgres://u@h/d", "postgres://u@h/d"],
  ["postgres://u:s3cret@h:5432/d", "postgres://u:***@h:5432/d"],
  ["postgresql://u:s3c@ret/w@h/d", "postgresql://u:***@h/d"],
  ["postgres://u:${PW}@h/d", "postgres://u:${PW}@h/d"],
  ["postgres://u:s3cret/d", "postgres://u:***/d"],
  ["postgres://h:5432/d", "postgres://h:5432/d"],
  ["postgres://h/d?user=u&password=s3cret&sslmode=disable", "postgres://h/d?user=u&password=***&sslmode=disable"],
])("shows %s as %s", (text, shown) => {
  expect(maskPassword(text)).toBe(shown);
});

it("takes the password out of an address, and puts it back from the environment", () => {
  const taken = takePassword("postgres://u:p%2540s%2Fs@h/d");
  expect(taken).toEqual({ address: "postgres://u@h/d", password: "p%40s/s" });
  const place = readPlace(taken.address, { PGPASSWORD: taken.password });
  expect(place).toEqual({ kind: "server", url: "postgres://u:p%2540s%2Fs@h/d", shown: "postgres://u@h/d" });
});

it("reads a variable where the address names one, and says which is missing", () => {
  const address = "postgres://u:${PW}@h/d";
  expect(readPlace(address, { PW: "a/b" })).toMatchObject({ url: "postgres://u:a%2Fb@h/d", shown: address });
  expect(() => readPlace(address, {})).toThrow(/needs \$\{PW\}, which is not set/);
});

it("takes a percent sign that begins no escape as it stands", () => {
  expect(takePassword("postgres://u:100%@h/d")).toEqual({ address: "postgres://u@h/d", password: "100%" });
  expect(takePassword("postgres://u:%ff@h/d")).toEqual({ address: "postgres://u@h/d", password: "%ff" });
  expect(readPlace("postgres://u:100%@h/d", {})).toMatchObject({ url: "postgres://u:100%25@h/d" });
});

it("gives a socket's address its password where it has a place for it", () => {
  expect(readPlace("postgres:///d?host=/run/pg", { PGPASSWORD: "a&b" })).toMatchObject({
    url: "postgres:///d?host=%2Frun%2Fpg&password=a%26b",
    shown: "postgres:///d?host=/run/pg",
  });
});

it("understands sslmode as psql does", () => {
  expect(readPlace("postgres://u@h/d?sslmode=require", {})).toMatchObject({
    url: "postgres://u@h/d?sslmode=require&uselibpqcompat=true",
    shown: "postgres://u@h/d?sslmode=require",
  });
});

it("refuses an address that names no database, without its password", () => {
  expect(() => readPlace("postgres://u:s3cret@h/", {})).toThrow("postgres://u:***@h/ names no database");
});
