/** The vault's tables, for `migrate(sql, vaultMigrations)`. */
export const vaultMigrations = {
  name: 'vault',
  files: [
    {
      id: '0001-vault',
      sql: `
      create table vault_accounts (
        account_id    text collate "C" primary key,
        login         text collate "C" not null unique check (login = lower(login)),
        kind          text not null,
        password_hash text,
        confirmed     boolean not null default false,
        reserved_at   timestamptz not null
      );
      create table vault_tokens (
        secret_hash text collate "C" primary key,
        token_id    text collate "C" not null,
        account_id  text collate "C" not null,
        name        text not null
      );
      create index vault_tokens_id on vault_tokens (token_id);
      create table vault_sign_ins (
        id             text collate "C" primary key,
        secret_hash    text collate "C" not null unique,
        client_name    text not null,
        client_address text not null,
        state          text not null default 'pending',
        account_id     text collate "C",
        session_hash   text collate "C",
        begun_at       timestamptz not null,
        expires_at     timestamptz not null
      );
      create index vault_sign_ins_address on vault_sign_ins (client_address);
      create index vault_sign_ins_expiry on vault_sign_ins (expires_at);`,
    },
    {
      id: '0002-webhooks',
      sql: `
      create table vault_webhooks (
        webhook_id text collate "C" primary key,
        version    bigint not null default 1,
        key_id     text not null,
        sealed     bytea not null
      );`,
    },
  ],
}
