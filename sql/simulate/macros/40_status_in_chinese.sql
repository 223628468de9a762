-- A status in the words of a seller's back end, where it has such words.
create or replace macro status_in_chinese(status) as
    case status when 'TRADE_FINISHED' then '交易成功' when 'TRADE_CLOSED' then '交易关闭'
                when 'WAIT_BUYER_CONFIRM_GOODS' then '卖家已发货，等待买家确认' else status end;
