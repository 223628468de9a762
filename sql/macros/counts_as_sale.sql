-- Statuses that count as a sale. Contract 1, transactions.
create or replace macro counts_as_sale(status) as
    status in ('WAIT_SELLER_SEND_GOODS', 'SELLER_CONSIGNED_PART', 'WAIT_BUYER_CONFIRM_GOODS', 'TRADE_BUYER_SIGNED',
               'TRADE_FINISHED', 'PAID_FORBID_CONSIGN');
